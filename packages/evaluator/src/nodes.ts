// The documents of an evaluator as a graph. Nodes are stable: handles and compiled code hold them, changes swap what is in
// them. A node without a document stands for one that was asked for or referred to.
import type { Condition } from './attributes.ts';
import type { FlagNode } from './flag-node.ts';
import { logicOf } from './document-facts.ts';
import type { MemberSet } from './lists/member-set.ts';
import type { CompiledOverlay } from './overlay.ts';

/** What all kinds have in common. */
export class DocumentNode {
  readonly key: string;
  document: unknown = undefined;
  present = false;
  /** The environment's revision that last changed the document. */
  revision = 0;
  /** The nodes it is compiled from. */
  uses: readonly DocumentNode[] = [];
  /** Visits the nodes that are compiled from it. */
  eachUser(visit: (node: DocumentNode) => void): void {
    this.#usedBy?.forEach(visit);
  }
  /** The highest revision of what it is compiled from and itself. */
  closureRevision = 0;
  /** The longest chain of nodes of its own kind below it. */
  depth = 0;
  /** Worst case of tests in one evaluation. */
  tests = 0;
  /** Scratch of `orderNodes`. */
  visit = 0;
  low = 0;

  // Made when needed: most flags are used by nothing, and there may be 100,000 of them.
  #usedBy: Set<DocumentNode> | undefined = undefined;

  constructor(key: string) {
    this.key = key;
  }

  /** True when nothing needs the node any more. */
  get isIdle(): boolean {
    return !this.present && (this.#usedBy === undefined || this.#usedBy.size === 0);
  }

  /** Notes that it is compiled from these nodes, and no longer from the ones before. */
  use(nodes: readonly DocumentNode[]): void {
    if (nodes.length === 0 && this.uses.length === 0) return;
    for (const node of this.uses) node.#usedBy?.delete(this);
    this.uses = nodes;
    for (const node of nodes) (node.#usedBy ??= new Set()).add(this);
  }
}

export class SegmentNode extends DocumentNode {
  readonly kind = 'segment';
  /** Undefined when there is no such segment or it does not compile. */
  compiled: Condition | undefined = undefined;
  test: Condition = never;

  /** The logic that its condition is, for trees that refer to it. */
  get logic(): unknown {
    return logicOf(this.document);
  }

  swap(): void {
    this.test = this.compiled ?? never;
  }
}

export class OverlayNode extends DocumentNode {
  readonly kind = 'overlay';
  target: FlagNode | undefined = undefined;
  /** Undefined when there is no such overlay or it does not compile. */
  compiled: CompiledOverlay | undefined = undefined;

  /** Moves it to another flag. */
  retarget(target: FlagNode | undefined): void {
    this.target?.removeOverlay(this);
    this.target = target;
    target?.addOverlay(this);
  }
}

export class ListNode extends DocumentNode {
  readonly kind = 'list';
  /** Undefined when there is no such list, or its members are not at hand. */
  compiled: MemberSet | undefined = undefined;
}

function never(): boolean {
  return false;
}
