// Imports a flagd flag definition (https://flagd.dev/schema/v0/flags.json): variants, state, default, metadata, shared
// evaluators as segments, targeting as ordered rules, and `fractional` as splits with equal buckets.
import type { Expression, JsonObject } from '@org/contract/model';
import type { ImportedDocument, ImportFinding, ImportResult } from '../result.ts';
import { fits } from './expressions.ts';
import { noFragments, type Fragments } from './fragments.ts';
import { importFlag } from './import-flag.ts';
import { isRecord, type JsonRecord } from './json-logic.ts';
import { below, leaveOut, type Scope } from './scope.ts';
import { takeLogic } from './take-logic.ts';
import { translateCondition } from './translate-condition.ts';

/** How to import. */
export interface FlagdImportOptions {
  /** Variant that a flag serves while it is off or killed, where it has one of that name. Left out: the caller's default, as in flagd. */
  readonly offVariant?: string;
  /**
   * True: answers equal flagd's for every context, whatever the types of its attributes; whatever our operators take
   * otherwise stays logic, which browsers do not evaluate. Left out: rules in our operators wherever there are some for it,
   * and a finding for every difference.
   */
  readonly exact?: boolean;
}

/**
 * Converts a parsed definition. Nothing is dropped silently: what is not in the documents is in the findings, by its
 * path. A flag whose targeting has a part without counterpart is left out whole. The input is not trusted; never throws.
 */
export function importFlagd(definition: unknown, options: FlagdImportOptions = {}): ImportResult {
  const findings: ImportFinding[] = [];
  const root: Scope = {
    path: '',
    variants: new Set(),
    fragments: noFragments,
    depth: 0,
    isExact: options.exact === true,
    report: (finding) => findings.push(finding),
  };
  if (!isRecord(definition)) {
    leaveOut(root, 'a definition is an object');
    return { documents: [], findings };
  }
  for (const name of Object.keys(definition)) {
    if (!known.has(name)) leaveOut({ ...root, path: name }, 'unknown to flagd and to us');
  }
  const segments = importFragments(readFragments(definition['$evaluators'], root), root);
  const flags = importFlags(definition, { ...root, fragments: segments.fragments }, options);
  return { documents: [...segments.documents(), ...flags], findings };
}

const known = new Set(['$schema', 'flags', '$evaluators', 'metadata']);

function readFragments(value: unknown, root: Scope): ReadonlyMap<string, unknown> {
  if (value === undefined) return new Map();
  if (isRecord(value)) return new Map(Object.entries(value));
  leaveOut({ ...root, path: '$evaluators' }, 'shared evaluators are an object');
  return new Map();
}

interface ImportedFragments {
  readonly fragments: Fragments;
  /** To be asked for after the flags, which say how they use the fragments. */
  readonly documents: () => readonly ImportedDocument[];
}

function importFragments(byName: ReadonlyMap<string, unknown>, root: Scope): ImportedFragments {
  const attempts = new Map(
    [...byName].map(([name, fragment]) => [name, translateFragment(name, fragment, root)]),
  );
  const isUsable = ({ when, findings }: Attempt): boolean =>
    when !== undefined && !(root.isExact && findings.length > 0);
  const segments = [...attempts].flatMap(([name, attempt]) => (isUsable(attempt) ? [name] : []));
  const fragments = {
    byName,
    segments: new Set(segments),
    usedAsSegment: new Set<string>(),
    inlined: new Set<string>(),
    inLogic: new Set<string>(),
  };
  const documents = (): readonly ImportedDocument[] => {
    const scope = { ...root, fragments };
    return [...attempts].flatMap(([name, attempt]): ImportedDocument[] => {
      if (!fragments.inLogic.has(name)) {
        // In a flag already, where its findings stand as well.
        if (fragments.inlined.has(name) && !fragments.usedAsSegment.has(name)) return [];
        const { when, findings } = attempt;
        if (when !== undefined && isUsable(attempt)) {
          findings.forEach(root.report);
          return [{ kind: 'segment', key: name, document: { when } }];
        }
      }
      const logic = takeLogic(byName.get(name), { ...scope, path: `$evaluators.${name}` });
      return logic ? [{ kind: 'segment', key: name, document: { when: { op: 'logic', ...logic } } }] : [];
    });
  };
  return { fragments, documents };
}

interface Attempt {
  readonly when: Expression | undefined;
  readonly findings: readonly ImportFinding[];
}

function translateFragment(name: string, fragment: unknown, root: Scope): Attempt {
  const findings: ImportFinding[] = [];
  const scope = {
    ...root,
    path: `$evaluators.${name}`,
    report: (finding: ImportFinding) => findings.push(finding),
  };
  const when = translateCondition(fragment, scope);
  if (when === undefined || fits(when)) return { when, findings };
  return { when: leaveOut(scope, 'nested deeper, or larger, than an expression may be'), findings };
}

function importFlags(
  definition: JsonRecord,
  root: Scope,
  { offVariant }: FlagdImportOptions,
): readonly ImportedDocument[] {
  const { leftOut: _, ...sharedMetadata } = isRecord(definition['metadata'])
    ? (definition['metadata'] as JsonObject)
    : {};
  return flagEntries(definition['flags'], { ...root, path: 'flags' }).flatMap(
    ([key, value, scope]): ImportedDocument[] => {
      const flag = importFlag(value, { scope: { ...scope, flagKey: key }, sharedMetadata, offVariant });
      return flag ? [{ kind: 'flag', key, document: flag }] : [];
    },
  );
}

/** Flags by key, from the object that providers get, or from the list that the daemon takes, too. */
function flagEntries(flags: unknown, scope: Scope): readonly (readonly [string, unknown, Scope])[] {
  if (isRecord(flags))
    return Object.entries(flags).map(([key, flag]) => [key, flag, below(scope, key)] as const);
  if (!Array.isArray(flags)) {
    leaveOut(scope, 'must hold flags');
    return [];
  }
  return flags.flatMap((flag: unknown, index) => {
    const key = isRecord(flag) ? flag['key'] : undefined;
    if (typeof key === 'string' && key !== '') return [[key, flag, below(scope, index)] as const];
    leaveOut(below(scope, index), 'a flag in a list has a key');
    return [];
  });
}
