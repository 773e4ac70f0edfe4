// Local overrides: a value per flag that everybody in this process gets. Never sent anywhere.
import type { JsonValue } from '@org/contract/model';
import type { Evaluator } from '@org/evaluator';

export interface Overrides {
  set(key: string, value: JsonValue): void;
  clear(key?: string): void;
}

/** Keeps the evaluator's overrides; `onChange` hears the keys that changed. */
export const createOverrides = (
  evaluator: Evaluator,
  onChange: (keys: readonly string[]) => void,
): Overrides => {
  const values = new Map<string, JsonValue>();
  const publish = (keys: readonly string[]): void => {
    evaluator.setOverrides(values.size > 0 ? new Map(values) : undefined);
    onChange(keys);
  };
  return {
    set(key, value) {
      values.set(key, value);
      publish([key]);
    },
    clear(key) {
      const keys = key === undefined ? [...values.keys()] : [key];
      for (const each of keys) values.delete(each);
      publish(keys);
    },
  };
};
