// All operators by name. What is not here is refused when a tree is checked, and ends an evaluation that meets it.
import type { Operation } from '../interpret.ts';
import { fail } from '../run.ts';
import { arithmetic } from './arithmetic.ts';
import { choice } from './choice.ts';
import { comparison } from './comparison.ts';
import { data } from './data.ts';
import { fractional } from './fractional.ts';
import { lists } from './lists.ts';
import { semanticVersion } from './semantic-version.ts';
import { text } from './text.ts';

/** The operators of JSONLogic as flagd has it, and flagd's own. */
export const operations: ReadonlyMap<string, Operation> = new Map([
  ...comparison,
  ...choice,
  ...arithmetic,
  ...data,
  ...lists,
  ...text,
  ...semanticVersion,
  ...fractional,
  // JSONLogic has it, flagd's engine does not: a flag that comes to it answers an error there.
  ['log', fail],
]);
