// The documents of an evaluator and what depends on what. Applies changes: compiles everything they touch, then swaps it in.
import { buildFlag, compileNodes, type AnyNode, type CompileOptions } from './compile-nodes.ts';
import { FlagNode, missingProgram, type Retire } from './flag-node.ts';
import { ListNode, OverlayNode, SegmentNode } from './nodes.ts';
import type { CompiledOverlay } from './overlay.ts';
import type { Program } from './program.ts';
import { referencesOf } from './references.ts';
import type { HashProbe } from './split.ts';
import type { DocumentId, DocumentProblem, EvaluatedDocument, EvaluatorOptions } from './types.ts';
import { isRecord } from './untrusted.ts';

/** What a change touches: nodes to be compiled, and nodes that may not be needed any more. */
interface Touched {
  readonly changed: Set<AnyNode>;
  readonly left: Set<AnyNode>;
}

export class DocumentGraph {
  readonly flags = new Map<string, FlagNode>();
  readonly #segments = new Map<string, SegmentNode>();
  readonly #overlays = new Map<string, OverlayNode>();
  readonly #lists = new Map<string, ListNode>();
  readonly #options: CompileOptions;
  readonly #build = (node: FlagNode): Program =>
    node.present ? buildFlag(node, this.#options) : missingProgram(node.owner, this.#isReady);
  readonly #outcomeIds = { next: 0 };
  #flagIdNext = 0;
  #isReady = false;

  constructor({ digest, now, logic, members, sticky }: EvaluatorOptions, probe: HashProbe) {
    this.#options = {
      ...{ digest, now, logic, members, sticky, probe },
      segment: (key) => this.#segment(key),
      list: (key) => this.#list(key),
      flag: (key) => this.flag(key),
    };
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** The node of a flag, made when there is none. */
  flag(key: string): FlagNode {
    const found = this.flags.get(key);
    if (found !== undefined) return found;
    const made = new FlagNode(key, this.#flagIdNext++, this.#outcomeIds, this.#build);
    this.flags.set(key, made);
    return made;
  }

  /** The overlay of this key, if there is one that compiles. */
  overlay(key: string): CompiledOverlay | undefined {
    return this.#overlays.get(key)?.compiled;
  }

  /** Replaces all documents. */
  replace(documents: readonly EvaluatedDocument[], retire: Retire): readonly DocumentProblem[] {
    const all = this.#all();
    const gone = new Set(all.filter((node) => node.present));
    for (const document of gone.size === 0 ? [] : documents) {
      const kept = isRecord(document) ? this.#find(document) : undefined;
      if (kept !== undefined) gone.delete(kept);
    }
    return this.#change(documents, [...gone], all, retire);
  }

  /** Applies a change; the first one counts as a replacement. */
  change(
    upserts: readonly EvaluatedDocument[],
    deletes: readonly DocumentId[],
    retire: Retire,
  ): readonly DocumentProblem[] {
    const gone = deletes.flatMap((id) => (isRecord(id) ? (this.#find(id as DocumentId) ?? []) : []));
    return this.#change(upserts, gone, this.#isReady ? [] : this.#all(), retire);
  }

  /** Forgets a flag that nothing needs. */
  release(node: AnyNode): void {
    if (!node.isIdle) return;
    if (node.kind === 'flag') this.flags.delete(node.key);
    else if (node.kind === 'segment') this.#segments.delete(node.key);
    else if (node.kind === 'list') this.#lists.delete(node.key);
    else this.#overlays.delete(node.key);
  }

  #change(
    upserts: readonly EvaluatedDocument[],
    gone: readonly AnyNode[],
    recompiled: readonly AnyNode[],
    retire: Retire,
  ): readonly DocumentProblem[] {
    const touched: Touched = { changed: new Set(recompiled), left: new Set(gone) };
    const problems: DocumentProblem[] = [];
    // Ahead of the first reference: a flag that is only referred to is not found, not "not ready".
    this.#isReady = true;
    for (const node of gone) this.#set(node, undefined, 0, touched);
    for (const upsert of upserts) this.#put(upsert, touched, problems);
    const { changed } = touched;
    addDependants(changed);
    for (const problem of compileNodes(changed, this.#options)) problems.push(problem);
    for (const node of changed) if (node.kind === 'flag' || node.kind === 'segment') node.swap(retire);
    for (const node of touched.left) this.release(node);
    return problems;
  }

  #put(upsert: EvaluatedDocument, touched: Touched, problems: DocumentProblem[]): void {
    if (!isRecord(upsert) || typeof upsert.key !== 'string') {
      problems.push({
        kind: 'unknown',
        key: '',
        path: '',
        rule: 'document',
        message: 'A document without kind or key.',
      });
      return;
    }
    const node = this.#ensure(upsert.kind, upsert.key);
    if (node === undefined) return;
    const revision = Number.isSafeInteger(upsert.revision) ? upsert.revision : 0;
    this.#set(node, upsert.document ?? null, revision, touched);
  }

  /** Gives a node its document, or takes it away, and follows its references. */
  #set(node: AnyNode, document: unknown, revision: number, { changed, left }: Touched): void {
    node.document = document;
    node.present = document !== undefined;
    node.revision = revision;
    changed.add(node);
    for (const before of node.uses) left.add(before as AnyNode);
    const references = referencesOf(node.kind, document);
    // Most documents refer to nothing, and there may be 100,000 of them.
    if (references.length === 0 && node.uses.length === 0 && node.kind !== 'overlay') return;
    const below = references.flatMap(({ kind, key }): AnyNode[] => {
      if (kind === 'segment') return [this.#segment(key)];
      if (kind === 'list') return [this.#list(key)];
      return kind === 'flag' && node.kind === 'flag' ? [this.flag(key)] : [];
    });
    node.use(below);
    if (node.kind !== 'overlay') return;
    const target = references.find(({ kind }) => kind === 'flag');
    if (node.target !== undefined) {
      changed.add(node.target);
      left.add(node.target);
    }
    node.retarget(target && this.flag(target.key));
  }

  #ensure(kind: string, key: string): AnyNode | undefined {
    if (kind === 'flag') return this.flag(key);
    if (kind === 'segment') return this.#segment(key);
    if (kind === 'list') return this.#list(key);
    if (kind !== 'overlay') return undefined;
    const found = this.#overlays.get(key) ?? new OverlayNode(key);
    this.#overlays.set(key, found);
    return found;
  }

  #segment(key: string): SegmentNode {
    const found = this.#segments.get(key) ?? new SegmentNode(key);
    this.#segments.set(key, found);
    return found;
  }

  #list(key: string): ListNode {
    const found = this.#lists.get(key) ?? new ListNode(key);
    this.#lists.set(key, found);
    return found;
  }

  #find({ kind, key }: DocumentId): AnyNode | undefined {
    if (kind === 'flag') return this.flags.get(key);
    if (kind === 'segment') return this.#segments.get(key);
    if (kind === 'list') return this.#lists.get(key);
    return kind === 'overlay' ? this.#overlays.get(key) : undefined;
  }

  #all(): readonly AnyNode[] {
    const others = [...this.#segments.values(), ...this.#overlays.values(), ...this.#lists.values()];
    return [...this.flags.values(), ...others];
  }
}

/** Adds everything that is, directly or not, compiled from the nodes. */
function addDependants(nodes: Set<AnyNode>): void {
  // A set is visited in order of insertion, with what is added meanwhile.
  for (const node of nodes) {
    node.eachUser((dependant) => nodes.add(dependant as AnyNode));
    if (node.kind === 'overlay' && node.target !== undefined) nodes.add(node.target);
  }
}
