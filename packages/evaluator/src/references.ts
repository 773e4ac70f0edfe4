// What a document refers to, read from parsed JSON that nobody has checked. Bounded in depth and number.
import { limits } from './limits.ts';
import type { DocumentId } from './types.ts';
import { isRecord, own, ownList, type UntrustedRecord } from './untrusted.ts';

/**
 * What a document refers to: flags, segments, lists and configs, and the layer of an overlay as kind `layer`. Each once. For keeping an
 * index of dependants.
 */
export function referencesOf(kind: string, document: unknown): readonly DocumentId[] {
  if (!isRecord(document)) return [];
  const collector = new Collector();
  try {
    collect(kind, document, collector);
  } catch {
    // Only what is no JSON throws when it is read. What was found so far has to do.
  }
  return collector.found;
}

/** The members of a segment that name lists. */
const listMembers = ['excludedLists', 'includedLists'] as const;

function collect(kind: string, document: UntrustedRecord, collector: Collector): void {
  if (kind === 'flag') collectFlag(document, collector);
  if (kind === 'segment') collectSegment(document, collector);
  if (kind === 'overlay') collectOverlay(document, collector);
  if (kind === 'config') collectConfig(document, collector);
}

function collectFlag(document: UntrustedRecord, collector: Collector): void {
  for (const rule of ownList(document, 'rules')) {
    if (!isRecord(rule)) continue;
    collector.expression(own(rule, 'when'));
    const serve = own(rule, 'serve');
    if (isRecord(serve)) collector.logic(own(serve, 'logic'));
  }
  for (const prerequisite of ownList(document, 'prerequisites')) {
    if (isRecord(prerequisite)) collector.add('flag', own(prerequisite, 'flag'));
  }
}

function collectSegment(document: UntrustedRecord, collector: Collector): void {
  collector.expression(own(document, 'when'));
  for (const name of listMembers) for (const key of ownList(document, name)) collector.add('list', key);
}

function collectOverlay(document: UntrustedRecord, collector: Collector): void {
  const target = own(document, 'target');
  const kind = isRecord(target) ? own(target, 'kind') : undefined;
  if (isRecord(target) && (kind === 'flag' || kind === 'config')) collector.add(kind, own(target, 'key'));
  const patch = own(document, 'patch');
  if (kind === 'config' && isRecord(patch))
    collector.tree([own(patch, 'configPatch'), own(patch, 'configPatches')]);
  collector.expression(own(document, 'eligibility'));
  collector.add('layer', own(document, 'layer'));
}

/** Where a config may hold conditions, they may be nested anyhow: in values, patches, defaults, candidates. */
function collectConfig(document: UntrustedRecord, collector: Collector): void {
  collector.add('config', own(document, 'extends'));
  collector.tree([own(document, 'rules'), own(document, 'values'), own(document, 'schema')]);
}

class Collector {
  readonly found: DocumentId[] = [];
  // Made when needed: most documents refer to nothing, and there may be 100,000 of them.
  #seen: Set<string> | undefined = undefined;
  #nodes = 0;

  add(kind: string, key: unknown): void {
    if (typeof key !== 'string') return;
    this.#seen ??= new Set();
    if (this.#seen.has(`${kind}/${key}`)) return;
    this.#seen.add(`${kind}/${key}`);
    this.found.push({ kind, key });
  }

  /** Deeper or larger trees than an expression may have are left: such a document is refused anyway. */
  expression(expression: unknown): void {
    this.#nodes = 0;
    this.#visit(expression, 1);
  }

  #visit(expression: unknown, depth: number): void {
    if (
      !isRecord(expression) ||
      depth > limits.expressionDepthMax ||
      ++this.#nodes > limits.expressionNodesMax
    )
      return;
    const op = own(expression, 'op');
    if (op === 'segment') this.add('segment', own(expression, 'key'));
    else if (op === 'logic') this.logic(own(expression, 'logic'));
    else if (op === 'not') this.#visit(own(expression, 'of'), depth + 1);
    else if (op === 'and' || op === 'or')
      for (const part of ownList(expression, 'of')) this.#visit(part, depth + 1);
  }

  /** Every expression inside a tree of JSON. Larger trees than a document can hold are left. */
  tree(tree: unknown): void {
    const open: unknown[] = [tree];
    for (let seen = 0; seen < limits.treeNodesMax; seen++) {
      if (open.length === 0) return;
      const next = open.pop();
      if (typeof next !== 'object' || next === null) continue;
      if (!Array.isArray(next) && typeof own(next as UntrustedRecord, 'op') === 'string')
        this.expression(next);
      for (const member of Object.values(next)) if (typeof member === 'object') open.push(member);
    }
  }

  /** Segments that a logic tree refers to. Larger trees than there may be are left here, too. */
  logic(tree: unknown): void {
    const open: { readonly node: unknown; readonly depth: number }[] = [{ node: tree, depth: 1 }];
    for (let seen = 0; seen < limits.logicNodesMax; seen++) {
      const next = open.pop();
      if (next === undefined) return;
      const { node, depth } = next;
      if (typeof node !== 'object' || node === null || depth > limits.logicDepthMax) continue;
      if (!Array.isArray(node)) this.#logicReference(node as UntrustedRecord);
      for (const member of Object.values(node)) open.push({ node: member, depth: depth + 1 });
    }
  }

  #logicReference(node: UntrustedRecord): void {
    const key = own(node, '$ref');
    if (typeof key === 'string' && Object.keys(node).length === 1) this.add('segment', key);
  }
}
