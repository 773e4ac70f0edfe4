// A change as somebody proposes it, normalised: canonical JSON, checked as far as it can be by itself.
import { parseInstant, checkRecurrence } from '@org/automation';
import type { Violation } from '@org/contract';
import { checkKey, checkSchema, isDocumentKind } from '@org/contract/schema';
import { limits } from '@org/contract';
import type { JsonObject, JsonValue, Recurrence } from '@org/contract/model';
import { checkDocument } from '@org/evaluator';
import { asFlagOverlay } from '@org/evaluator/config';
import { jsonLogic } from '@org/evaluator/logic';
import { canonicalJson } from '@org/sync';
import type { DocumentSource } from '../environment/document-set.ts';
import type { JudgedChange } from '../policy/policies.ts';
import { checkValues } from './values/check-values.ts';

/** One document's proposed state. */
export interface ProposedChange {
  readonly kind: string;
  readonly key: string;
  /** Canonical JSON; undefined removes the document. */
  readonly json: string | undefined;
  /** The revision the change was made against; 0: the document must not exist; undefined: whatever is there. */
  readonly expectedRevision: number | undefined;
  /** Where the change stands in the request, e.g. `changes[0]`. */
  readonly field: string;
}

/** A change before it is looked at. `document` is not trusted; undefined removes. */
export interface RawChange {
  readonly kind: string;
  readonly key: string;
  readonly document: unknown;
  readonly expectedRevision: number | undefined;
  readonly field: string;
}

export interface CheckedChanges {
  readonly changes: readonly ProposedChange[];
  readonly findings: readonly Violation[];
}

/** Checks each change by itself: kind, key, schema, meaning, size. Changes without plain JSON are left out. */
export function checkChanges(raw: readonly RawChange[]): CheckedChanges {
  const changes: ProposedChange[] = [];
  const findings: Violation[] = [];
  const seen = new Set<string>();
  for (const change of raw) {
    const id = `${change.kind}/${change.key}`;
    if (seen.has(id)) {
      findings.push({
        field: change.field,
        rule: 'unique',
        message: 'The document is changed twice in one commit.',
      });
      continue;
    }
    seen.add(id);
    const { kind, key, expectedRevision, field } = change;
    const checked = checkChange(change);
    findings.push(...checked.findings);
    if (checked.isText) changes.push({ kind, key, json: checked.json, expectedRevision, field });
  }
  return { changes, findings };
}

/** A change as the installation's rules see it. */
export const judgedChange = (
  { kind, key, json, field }: ProposedChange,
  before: DocumentSource,
): JudgedChange => ({
  ...{ kind, key, field },
  before: before.held(kind, key)?.document,
  after: json === undefined ? undefined : (JSON.parse(json) as JsonObject),
});

/** After these the text of the document cannot be told. */
const notJson: ReadonlySet<string> = new Set(['finite', 'json', 'max_depth', 'plain_object', 'well_formed']);

interface CheckedChange {
  readonly findings: readonly Violation[];
  /** Whether the document has a text, or is to be removed: its surroundings can be checked, too. */
  readonly isText: boolean;
  readonly json?: string;
}

function checkChange({ kind, key, document, field }: RawChange): CheckedChange {
  const findings = checkKey(key, `${field}.key`);
  if (!isDocumentKind(kind)) {
    const unknown = {
      field: `${field}.kind`,
      rule: 'one_of',
      message: 'There are no documents of this kind.',
    };
    return { findings: [...findings, unknown], isText: false };
  }
  if (document === undefined) return { findings, isText: true };
  const base = `${field}.document`;
  const shape = checkSchema(kind, document, base);
  if (shape.some(({ rule }) => notJson.has(rule)))
    return { findings: [...findings, ...shape], isText: false };
  const json = canonicalJson(document);
  if (shape.length > 0) return { findings: [...findings, ...shape], isText: true, json };
  const meaning = [
    ...(kind === 'schedule'
      ? checkScheduled(document as JsonObject, base)
      : kind in conditionsOf
        ? checkConditions(kind as keyof typeof conditionsOf, key, document as JsonObject, base)
        : meaningOf(kind, key, document, base)),
    ...(kind === 'flag' ? checkValues(key, document as JsonObject, base) : []),
  ];
  const size = checkSize(json, bytesMaxOf(kind, document as JsonObject), base);
  return { findings: [...findings, ...size, ...meaning], isText: true, json };
}

const failureBytesMax = 16 * 1024;

/** A schedule that waits leaves room for what the runner writes into it when its changes are refused. */
const bytesMaxOf = (kind: string, document: JsonObject): number =>
  kind === 'schedule' && document['failed'] === undefined
    ? limits.documentBytesMax - failureBytesMax
    : limits.documentBytesMax;

function checkSize(json: string, bytesMax: number, field: string): readonly Violation[] {
  const bytes = Buffer.byteLength(json);
  if (bytes <= bytesMax) return [];
  const message = `The document has ${bytes} bytes; at most ${bytesMax} are allowed.`;
  return [{ field, rule: 'max_bytes', message }];
}

const meaningOf = (kind: string, key: string, document: unknown, base: string): readonly Violation[] =>
  // A config means something together with those it extends: a stage looks at it.
  (kind === 'config'
    ? []
    : checkDocument(kind, key, kind === 'overlay' ? asFlagOverlay(document as JsonObject) : document, {
        logic: jsonLogic,
      })
  ).map(({ path, rule, message }) => ({
    field: joinPath(base, path),
    rule,
    message,
  }));

/** Where documents that the evaluator does not know hold conditions. */
const conditionsOf = {
  metric: ['selection.where', 'numerator.where', 'denominator.where', 'steps[].where'],
  experiment: ['eligibility', 'exclude'],
  holdout: [],
  rollout: ['eligibility'],
  breaker: [],
  alert: [],
  evolution: [],
} as const;

function checkConditions(
  kind: keyof typeof conditionsOf,
  key: string,
  document: JsonObject,
  base: string,
): readonly Violation[] {
  return conditionsOf[kind].flatMap((path) =>
    valuesAt(document, path.split('.'), base).flatMap(({ value, field }) =>
      // As the condition of a segment, which has nothing but one.
      meaningOf('segment', key, { when: value }, '').map((finding) => ({
        ...finding,
        field: joinPath(field, finding.field.replace(/^\.?when\.?/, '')),
      })),
    ),
  );
}

/** The values at a path, each with its field; `steps[]` stands for every element. */
function valuesAt(
  holder: JsonObject,
  [name = '', ...rest]: readonly string[],
  base: string,
): readonly { readonly value: JsonValue; readonly field: string }[] {
  const member = name.replace('[]', '');
  const found = holder[member];
  if (found === undefined) return [];
  const values = Array.isArray(found) && name.endsWith('[]') ? found : [found as JsonValue];
  return values.flatMap((value: JsonValue, index) => {
    const field = `${base}.${member}${name.endsWith('[]') ? `[${index}]` : ''}`;
    return rest.length === 0 ? [{ value, field }] : valuesAt(value as JsonObject, rest, field);
  });
}

/** The documents inside a schedule are checked when it is written, and in full when it is executed. */
function checkScheduled(schedule: JsonObject, base: string): readonly Violation[] {
  const { at } = schedule;
  const recurrence = schedule['recurrence'] as Recurrence | undefined;
  const times = (recurrence === undefined ? [] : checkRecurrence(recurrence)).map(
    ({ path, rule, message }) => ({ field: `${base}.recurrence.${path}`, rule, message }),
  );
  if (at !== undefined && parseInstant(at) === undefined) {
    const message = 'Must be an instant of the years 1 to 9999, by UTC.';
    times.push({ field: `${base}.at`, rule: 'instant', message });
  }
  const changes = schedule['changes'] as readonly { kind: string; key: string; document: unknown }[];
  const nested = changes.map((change, index) => ({
    ...change,
    document: change.document ?? undefined,
    expectedRevision: undefined,
    field: `${base}.changes[${index}]`,
  }));
  return [...times, ...checkChanges(nested).findings];
}

/** Appends a document's path to the place of the document. */
export const joinPath = (base: string, path: string): string =>
  path === '' || path.startsWith('[') ? `${base}${path}` : `${base}.${path}`;
