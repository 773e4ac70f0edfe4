// Runs synchronous work for a limited time. The work is interrupted wherever it is, within a regular expression, too.
import { createContext, Script } from 'node:vm';

const holder: { work: () => void } = { work: () => undefined };
const context = createContext(holder);
const script = new Script('work()');

/** What the work returns; undefined when it took longer and was interrupted. @throws what the work throws */
export function runWithin<T>(timeMsMax: number, work: () => T): T | undefined {
  let result: T | undefined;
  holder.work = () => {
    result = work();
  };
  try {
    script.runInContext(context, { timeout: timeMsMax });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    return undefined;
  } finally {
    holder.work = () => undefined;
  }
  return result;
}
