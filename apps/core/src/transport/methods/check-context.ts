// Contexts of remote evaluations: what is malformed is refused by field and rule, all findings at once. In a process the same
// context counts as lacking what cannot be read (docs/spec/evaluation.md); over a network somebody can still be told.
import { fail, limits } from '@org/contract';
import type { Fault } from '@org/contract';
import { createFindings, isObject, type Report } from '../json/findings.ts';
import { countMembers } from './count-members.ts';

type Context = Readonly<Record<string, unknown>>;

/** Names that no kind has. */
const noKinds: ReadonlySet<string> = new Set(['', 'kind']);
const targetingKeyRule = `A text of at most ${limits.unitCharsMax} characters, or a whole number.`;

/** The fault of a malformed context; undefined for one that can be read. */
export function contextFault(context: Context | undefined): Fault | undefined {
  if (context === undefined) return undefined;
  const { violations, report } = createFindings();
  checkSize(context, report);
  checkKinds(context, report);
  const [first] = violations;
  if (first === undefined) return undefined;
  return fail('INVALID_REQUEST', `${first.field}: ${first.message}`, { violations }).fault;
}

/** The fault of a context beyond the limits: what flagd's protocol refuses, which else takes what flagd takes. */
export function contextSizeFault(context: Context): Fault | undefined {
  const { violations, report } = createFindings();
  checkSize(context, report);
  const [first] = violations;
  return first && fail('INVALID_REQUEST', first.message, { violations }).fault;
}

function checkSize(context: Context, report: Report): void {
  if (countMembers(context, limits.contextAttributesMax) <= limits.contextAttributesMax) return;
  report('context', 'max_attributes', `A context holds at most ${limits.contextAttributesMax} attributes.`);
}

function checkKinds(context: Context, report: Report): void {
  const { kind } = context;
  if (kind === 'multi') return checkEach(context, report);
  checkTargetingKey(context['targetingKey'], 'context.targetingKey', report);
  if (kind === undefined || kind === null) return;
  if (typeof kind !== 'string') report('context.kind', 'type', 'The kind of a context is a text.');
  else if (noKinds.has(kind)) report('context.kind', 'kind', `No context is of kind "${kind}".`);
}

function checkEach(context: Context, report: Report): void {
  for (const [name, member] of Object.entries(context)) {
    const field = `context.${name}`;
    // OpenFeature has a targeting key beside any other member.
    if (name === 'targetingKey') checkTargetingKey(member, field, report);
    else if (isObject(member)) checkTargetingKey(member['targetingKey'], `${field}.targetingKey`, report);
    else if (name !== 'kind')
      report(field, 'type', 'A context of kind "multi" holds an object for each kind.');
  }
}

/** The empty text is what many languages send for none. */
function checkTargetingKey(key: unknown, field: string, report: Report): void {
  if (key === undefined || key === null || Number.isSafeInteger(key)) return;
  if (typeof key !== 'string') report(field, 'type', targetingKeyRule);
  else if (key.length > limits.unitCharsMax) report(field, 'max_length', targetingKeyRule);
}
