// What a plan of a source says to the commit path, and what the commit path's findings say of its files. Pure.
import type { Fault } from '@org/contract';
import { problemAt, type FileDocument, type FileProblem } from '@org/files';
import type { RawChange } from '../domain/commit/proposed-change.ts';
import type { SyncPlan } from './plan-sync.ts';

/** A plan that ends would begin again with every look. */
export const oneOff = (each: FileDocument): readonly FileProblem[] =>
  each.kind === 'schedule' && each.document['recurrence'] === undefined
    ? [problemAt(each, '', 'one_off_schedule', 'A source holds recurring schedules only: others end.')]
    : [];

/** A finding that no file is to blame for. */
export const unplaced = (rule: string, message: string): FileProblem => ({
  file: '',
  line: 0,
  column: 0,
  rule,
  message,
});

/** The changes of a plan, in the order in which findings name them. */
export const rawChanges = ({
  upserts,
  removals,
}: Pick<SyncPlan, 'upserts' | 'removals'>): readonly RawChange[] => [
  ...upserts.map(({ kind, key, document }, index) => ({
    ...{ kind, key, document, expectedRevision: undefined, field: `changes[${index}]` },
  })),
  ...removals.map(({ kind, key }, index) => ({
    ...{
      kind,
      key,
      document: undefined,
      expectedRevision: undefined,
      field: `changes[${upserts.length + index}]`,
    },
  })),
];

const namedMax = 3;

/** Why, for the history. */
export function reasonOf(changes: readonly RawChange[], files: readonly string[]): string {
  const removed = changes.filter(({ document }) => document === undefined).length;
  const written = changes.length - removed;
  const done = [
    ...(written > 0 ? [`${written} written`] : []),
    ...(removed > 0 ? [`${removed} removed`] : []),
  ];
  const more = files.length > namedMax ? ` and ${files.length - namedMax} more` : '';
  return `Synced: ${done.join(', ')} (${files.slice(0, namedMax).join(', ')}${more}).`.slice(0, 1_000);
}

/** The findings of the commit path, in the files. */
export function placed(
  { message, violations = [] }: Fault,
  { upserts, removals }: SyncPlan,
): readonly FileProblem[] {
  if (violations.length === 0) return [unplaced('refused', message)];
  return violations.map((finding) => {
    const [, index = '-1', path = ''] =
      /^changes\[(\d+)\](?:\.document\.?|\.)?(.*)$/s.exec(finding.field) ?? [];
    const document = upserts[Number(index)];
    if (document !== undefined) return problemAt(document, path, finding.rule, finding.message);
    const removed = removals[Number(index) - upserts.length];
    return {
      ...unplaced(finding.rule, finding.message),
      ...(removed && { kind: removed.kind, key: removed.key, path: '' }),
    };
  });
}
