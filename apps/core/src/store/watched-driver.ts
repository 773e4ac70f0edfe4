// Notes what the database's last answers say about it, for readiness and metrics. Changes nothing on the way.
import type { SqlDriver } from './sql-driver.ts';
import { StoreError } from './store-error.ts';

export type StoreState = 'ready' | 'unavailable' | 'full';

export interface WatchedDriver extends SqlDriver {
  readonly state: StoreState;
}

/** Wraps a driver. Full ends with the next transaction that writes, unavailable with any answer. */
export function watchDriver(driver: SqlDriver): WatchedDriver {
  let state: StoreState = 'ready';
  const watch = async <T>(answer: Promise<T>, writes: boolean): Promise<T> => {
    try {
      const value = await answer;
      if (writes || state === 'unavailable') state = 'ready';
      return value;
    } catch (error) {
      const code = error instanceof StoreError ? error.code : undefined;
      if (code === 'STORE_FULL') state = 'full';
      else if (code === 'STORE_UNAVAILABLE') state = 'unavailable';
      else if (state === 'unavailable') state = 'ready';
      throw error;
    }
  };
  return {
    ...driver,
    get state() {
      return state;
    },
    query: (text, values) => watch(driver.query(text, values), false),
    transaction: (work, options) => watch(driver.transaction(work, options), options?.readOnly !== true),
  };
}
