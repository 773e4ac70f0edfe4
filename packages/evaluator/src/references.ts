// What a document refers to, read from parsed JSON that nobody has checked. Bounded in depth and number.
import { limits } from './limits.ts';
import type { DocumentId } from './types.ts';
import { isRecord, own, ownList, type UntrustedRecord } from './untrusted.ts';

/**
 * What a document refers to: flags and segments, and the layer of an overlay as kind `layer`. Each once. For keeping an
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

function collect(kind: string, document: UntrustedRecord, collector: Collector): void {
  if (kind === 'flag') collectFlag(document, collector);
  if (kind === 'segment') collector.expression(own(document, 'when'));
  if (kind === 'overlay') collectOverlay(document, collector);
}

function collectFlag(document: UntrustedRecord, collector: Collector): void {
  for (const rule of ownList(document, 'rules')) if (isRecord(rule)) collector.expression(own(rule, 'when'));
  for (const prerequisite of ownList(document, 'prerequisites')) {
    if (isRecord(prerequisite)) collector.add('flag', own(prerequisite, 'flag'));
  }
}

function collectOverlay(document: UntrustedRecord, collector: Collector): void {
  const target = own(document, 'target');
  if (isRecord(target) && own(target, 'kind') === 'flag') collector.add('flag', own(target, 'key'));
  collector.expression(own(document, 'eligibility'));
  collector.add('layer', own(document, 'layer'));
}

class Collector {
  readonly found: DocumentId[] = [];
  readonly #seen = new Set<string>();
  #nodes = 0;

  add(kind: string, key: unknown): void {
    if (typeof key !== 'string' || this.#seen.has(`${kind}/${key}`)) return;
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
    else if (op === 'not') this.#visit(own(expression, 'of'), depth + 1);
    else if (op === 'and' || op === 'or')
      for (const part of ownList(expression, 'of')) this.#visit(part, depth + 1);
  }
}
