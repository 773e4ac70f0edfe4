// `not_exists`: the attribute is missing, or null. The one operator that holds for a missing attribute.
import { exists } from './exists.ts';
import type { Operator } from './operator.ts';

export const notExists: Operator = {
  ...exists,
  name: 'not_exists',
  compile(test, findings, ports) {
    const compiled = exists.compile(test, findings, ports);
    return compiled && { ...compiled, isInverted: true };
  },
};
