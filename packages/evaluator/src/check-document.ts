// Checks one document by compiling it: what passes here compiles in every SDK, as far as the document alone can tell.
import { anyMembers, anyOutcome, checkScope, compilePatch, problemsOf } from './check-scope.ts';
import { compileFlag } from './flag.ts';
import type { FlagScope } from './flag-parts.ts';
import { limits } from './limits.ts';
import { compileList } from './lists/list.ts';
import { compileOverlay } from './overlay.ts';
import { compileSegment } from './segment.ts';
import type { CheckOptions, DocumentProblem } from './types.ts';
import { isRecord, own, ownList } from './untrusted.ts';

/** Finds everything in one document that `load` would refuse, and says it in sentences. Never throws. */
export function checkDocument(
  kind: string,
  key: string,
  document: unknown,
  options: CheckOptions = {},
): readonly DocumentProblem[] {
  const scope = checkScope(key, options);
  try {
    if (kind === 'schedule') return checkSchedule(key, document, options);
    compile(kind, key, document, scope);
  } catch {
    scope.findings.add('unreadable');
  }
  if (scope.tests > limits.testsPerEvaluationMax) scope.findings.add('too_many_tests', String(scope.tests));
  return problemsOf({ kind, key }, scope.findings);
}

function compile(kind: string, key: string, document: unknown, scope: FlagScope): void {
  if (kind === 'flag') compileFlag(document, scope);
  else if (kind === 'segment') compileSegment(document, scope);
  else if (kind === 'overlay') {
    compileOverlay(key, document, scope);
    // Whether its flag has the variants is a matter of references.
    if (isRecord(document)) compilePatch(document, { ...scope, outcomeOf: () => anyOutcome });
  } else if (kind === 'list') compileList(document, scope.findings, () => anyMembers);
  else scope.findings.add('unknown_kind', kind.slice(0, 100));
}

/** A schedule is as right as the documents it will commit. */
function checkSchedule(key: string, document: unknown, options: CheckOptions): readonly DocumentProblem[] {
  const changes = isRecord(document) ? ownList(document, 'changes') : [];
  return changes.flatMap((change, index) => {
    const kind = isRecord(change) ? own(change, 'kind') : undefined;
    const changed = isRecord(change) ? own(change, 'document') : undefined;
    if (typeof kind !== 'string' || kind === 'schedule' || changed === null || changed === undefined)
      return [];
    const problems = checkDocument(kind, String(own(change as never, 'key')), changed, options);
    const prefix = `changes[${index}].document`;
    return problems.map((problem) => {
      return {
        ...problem,
        kind: 'schedule',
        key,
        path: problem.path === '' ? prefix : `${prefix}.${problem.path}`,
      };
    });
  });
}
