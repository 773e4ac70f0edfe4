// Checks what changed documents refer to and what refers to them, in the state after the change. Follows references by
// compiling each document once, with a scope that looks up what the document names.
import { contradictionIn } from './check-contradictions.ts';
import { checkOverlayPair } from './check-overlay-pair.ts';
import {
  anyFlag,
  anyMembers,
  anyOutcome,
  anySegment,
  checkScope,
  compilePatch,
  problemsOf,
} from './check-scope.ts';
import { Dependants, nameOf } from './dependants.ts';
import { isLocalInBrowsers, variantsOf } from './document-facts.ts';
import type { SegmentCell } from './expression.ts';
import type { Findings } from './findings.ts';
import { compileFlag } from './flag.ts';
import type { FlagScope } from './flag-parts.ts';
import { limits } from './limits.ts';
import type { MemberSet } from './lists/member-set.ts';
import { compileOverlay, targetOf } from './overlay.ts';
import type { ProgramCell } from './program.ts';
import { referencesOf } from './references.ts';
import { compileSegment } from './segment.ts';
import type { CheckOptions, DocumentId, DocumentLookup, DocumentProblem } from './types.ts';
import { isRecord, nameIn, own, ownList, type UntrustedRecord } from './untrusted.ts';

/**
 * Finds references to nothing, cycles, chains that are too deep or too costly, overlays in each other's way, and
 * client-visible documents that depend on server-only ones. Never throws.
 */
export function checkReferences(
  documents: DocumentLookup,
  changed: readonly DocumentId[],
  options: CheckOptions = {},
): readonly DocumentProblem[] {
  return new ReferenceCheck(documents, changed, options).run();
}

/** Rules of documents by themselves are the business of `checkDocument`. */
const referenceRules: ReadonlySet<string> = new Set([
  ...[
    'unknown_segment',
    'unknown_list',
    'unknown_flag',
    'unknown_variant',
    'prerequisite_variant',
    'prerequisite_contradiction',
    'server_only',
    'logic_browsers',
    'too_many_tests',
  ],
  ...['prerequisite_cycle', 'segment_cycle', 'prerequisite_depth', 'segment_depth'],
  ...['overlay_conflict', 'layer_overlap', 'layer_mismatch'],
]);

/** What was found out about a document by following its references. */
interface Visited {
  readonly tests: number;
  readonly depth: number;
}

/** A document whose references are being followed. */
interface Visit {
  readonly id: DocumentId;
  readonly scope: FlagScope;
  /** Set when browsers get the document, so that they need what it refers to. */
  readonly isForBrowsers: boolean;
  depth: number;
}

class ReferenceCheck {
  readonly #documents: DocumentLookup;
  readonly #options: CheckOptions;
  readonly #dependants: Dependants;
  readonly #changed: ReadonlyMap<string, DocumentId>;
  readonly #visited = new Map<string, Visited>();
  readonly #stack: Visit[] = [];
  readonly #problems: DocumentProblem[] = [];
  #affected: ReadonlyMap<string, DocumentId> = new Map();
  /** Flags that changed overlays are for, and what requires those: of interest for their cost only. */
  #costlier: ReadonlyMap<string, DocumentId> = new Map();

  constructor(documents: DocumentLookup, changed: readonly DocumentId[], options: CheckOptions) {
    this.#options = options;
    this.#documents = documents;
    this.#changed = new Map(changed.map((id) => [nameOf(id), id]));
    this.#dependants = new Dependants(documents, changed);
  }

  run(): readonly DocumentProblem[] {
    const affected = this.#dependants.withDependants([...this.#changed.values()]);
    const flagsOfOverlays = [...affected.values()].flatMap((id) => this.#targetOf(id) ?? []);
    this.#affected = affected;
    this.#costlier = this.#dependants.withDependants(flagsOfOverlays);
    for (const id of [...affected.values(), ...this.#costlier.values()]) this.#visit(id);
    return this.#problems;
  }

  /** The flag of an overlay: what the overlay costs is part of what the flag costs. */
  #targetOf(id: DocumentId): DocumentId | undefined {
    const target =
      id.kind === 'overlay' ? referencesOf('overlay', this.#documents.get('overlay', id.key)) : [];
    return target.find(({ kind }) => kind === 'flag');
  }

  /** Undefined when there is no such document, or none that can be read: `checkDocument` says so. */
  #visit(id: DocumentId): Visited | undefined {
    const known = this.#visited.get(nameOf(id));
    const document = this.#documents.get(id.kind, id.key);
    if (known !== undefined || document === undefined) return known;
    const height = this.#stack.length;
    try {
      const visit = this.#begin(id, document);
      this.#stack.push(visit);
      this.#follow(visit, document);
      const visited = { tests: visit.scope.tests, depth: visit.depth };
      this.#visited.set(nameOf(id), visited);
      this.#report(visit);
      return visited;
    } catch {
      return undefined;
    } finally {
      this.#stack.length = height;
    }
  }

  #begin(id: DocumentId, document: unknown): Visit {
    const visit: Visit = {
      id,
      isForBrowsers: this.#isForBrowsers(id, document),
      depth: 0,
      scope: {
        ...checkScope(id.key, this.#options),
        segment: (key) => this.#enterSegment(visit, key),
        list: (key) => this.#enterList(visit, key),
        flag: (key) => this.#enterFlag(visit, key),
      },
    };
    return visit;
  }

  #isForBrowsers({ kind }: DocumentId, document: unknown): boolean {
    if (kind === 'segment') return isRecord(document) && own(document, 'clientVisible') === true;
    return isLocalInBrowsers(
      kind === 'flag' ? document : this.#documents.get('flag', targetKey(document) ?? ''),
    );
  }

  #enterSegment(visit: Visit, key: string): SegmentCell | undefined {
    const below = this.#enter(visit, { kind: 'segment', key }, 'key');
    if (below === undefined) return undefined;
    const segment = this.#documents.get('segment', key);
    const isVisible = isRecord(segment) && own(segment, 'clientVisible') === true;
    if (visit.isForBrowsers && !isVisible) visit.scope.findings.add('server_only', key, 'key');
    return { ...anySegment, tests: below.tests };
  }

  /** Browsers never get lists. */
  #enterList(visit: Visit, key: string): MemberSet | undefined {
    if (visit.isForBrowsers) visit.scope.findings.add('server_only', key);
    return this.#documents.get('list', key) === undefined ? undefined : anyMembers;
  }

  #enterFlag(visit: Visit, key: string): ProgramCell {
    const { findings } = visit.scope;
    const below = this.#enter(visit, { kind: 'flag', key }, 'flag');
    if (below === undefined) findings.add('unknown_flag', key, 'flag');
    else if (visit.isForBrowsers && !isLocalInBrowsers(this.#documents.get('flag', key)))
      findings.add('server_only', key, 'flag');
    visit.scope.tests += below?.tests ?? 0;
    return anyFlag;
  }

  /** Follows a reference; one that leads back to where it came from is a cycle. */
  #enter(visit: Visit, id: DocumentId, member: string): Visited | undefined {
    const first = this.#stack.findIndex((above) => nameOf(above.id) === nameOf(id));
    if (first >= 0) {
      const cycle = [...this.#stack.slice(first).map((above) => above.id.key), id.key].join(' → ');
      this.#stack[first]!.scope.findings.add(`${chainOf(id)}_cycle`, cycle, member);
      return { tests: 0, depth: 0 };
    }
    const below = this.#visit(id);
    if (below !== undefined && id.kind === visit.id.kind)
      visit.depth = Math.max(visit.depth, below.depth + 1);
    return below;
  }

  #follow(visit: Visit, document: unknown): void {
    const { id, scope } = visit;
    if (id.kind === 'segment') compileSegment(document, scope);
    if (id.kind === 'flag') this.#followFlag(visit, document);
    if (id.kind === 'overlay') this.#followOverlay(visit, document);
    if (visit.isForBrowsers && scope.usesLogic === true) scope.findings.add('logic_browsers');
    const depthMax = id.kind === 'flag' ? limits.prerequisiteDepthMax : limits.segmentDepthMax;
    if (visit.depth > depthMax) scope.findings.add(`${chainOf(id)}_depth`);
    if (scope.tests > limits.testsPerEvaluationMax) scope.findings.add('too_many_tests', String(scope.tests));
  }

  #followFlag({ id, scope }: Visit, document: unknown): void {
    compileFlag(document, scope);
    if (isRecord(document)) this.#checkPrerequisiteVariants(document, scope.findings);
    const contradiction = contradictionIn(document, (key) => this.#documents.get('flag', key));
    if (contradiction !== undefined) {
      const { index, flag } = contradiction;
      scope.findings.add('prerequisite_contradiction', flag, 'prerequisites', index);
    }
    for (const dependant of this.#dependants.of(id)) {
      if (dependant.kind === 'overlay') scope.tests += this.#visit(dependant)?.tests ?? 0;
    }
  }

  #checkPrerequisiteVariants(document: UntrustedRecord, findings: Findings): void {
    ownList(document, 'prerequisites').forEach((prerequisite, index) => {
      if (!isRecord(prerequisite)) return;
      const variants = variantsOf(this.#documents.get('flag', String(own(prerequisite, 'flag'))));
      ownList(prerequisite, 'variants').forEach((variant, place) => {
        if (variants === undefined || variants.includes(variant)) return;
        findings.add('prerequisite_variant', nameIn(variant), 'prerequisites', index, 'variants', place);
      });
    });
  }

  #followOverlay({ id, scope }: Visit, document: unknown): void {
    if (!isRecord(document)) return;
    compileOverlay(id.key, document, scope);
    const target = targetOf(document);
    // Of something else than a flag: `checkConfigs` looks at those.
    if (target === undefined) return;
    const variants = variantsOf(this.#documents.get('flag', target));
    if (variants === undefined) scope.findings.add('unknown_flag', target, 'target', 'key');
    else
      compilePatch(document, {
        ...scope,
        outcomeOf: (name) => (variants.includes(name) ? anyOutcome : undefined),
      });
    if (!this.#changed.has(nameOf(id))) return;
    const layer = nameIn(own(document, 'layer'));
    const neighbours = [
      ...this.#dependants.of({ kind: 'flag', key: target }),
      ...this.#dependants.of({ kind: 'layer', key: layer }),
    ];
    const keys = new Set(
      neighbours.filter(({ kind, key }) => kind === 'overlay' && key !== id.key).map(({ key }) => key),
    );
    for (const key of keys)
      checkOverlayPair(document, key, this.#documents.get('overlay', key), scope.findings);
  }

  /** Only what is affected: old faults elsewhere are nobody's who commits now. */
  #report({ id, scope: { findings } }: Visit): void {
    const isAffected = this.#affected.has(nameOf(id));
    if (!isAffected && !this.#costlier.has(nameOf(id))) return;
    const problems = problemsOf(id, findings).filter(({ rule }) =>
      isAffected ? referenceRules.has(rule) : rule === 'too_many_tests',
    );
    this.#problems.push(...problems);
  }
}

function chainOf({ kind }: DocumentId): string {
  return kind === 'flag' ? 'prerequisite' : 'segment';
}

function targetKey(overlay: unknown): string | undefined {
  return isRecord(overlay) ? targetOf(overlay) : undefined;
}
