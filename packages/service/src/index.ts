// What every process of ours has: logs without secrets, an orderly end, variables with rules. Knows nothing of flags.
export { createLogger, logLevels, withoutSecrets } from './logger.ts';
export type { Logger, LogLevel } from './logger.ts';
export { logCrashes, stopOnSignals } from './life.ts';
export { countBuffersAsHeap } from './memory.ts';
export {
  address,
  anyAddress,
  hostOf,
  list,
  logLevel,
  optionalText,
  readVariables,
  token,
  wholeNumber,
} from './variables.ts';
export type { Environment, VariableProblem, VariablesResult } from './variables.ts';
