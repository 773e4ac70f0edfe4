// Segments in the making: reusable conditions with keys that always or never belong.
import type { Expression, Segment } from '@org/contract/model';
import type { StoredDocument } from '../model.ts';
import { any } from './condition.ts';
import { Draft } from './draft.ts';

/** A segment in the making. */
export class SegmentBuilder extends Draft<'segment', SegmentBuilder> {
  readonly kind = 'segment';

  /** @internal */
  constructor(key: string, document: Segment, expectedRevision?: number) {
    super(key, document, expectedRevision);
  }

  protected override make(document: Segment, expectedRevision: number | undefined): SegmentBuilder {
    return new SegmentBuilder(this.key, document, expectedRevision);
  }

  /** Who belongs, beside those that are included by key. */
  when(when: Expression): SegmentBuilder {
    return this.with({ when });
  }

  /** These keys always belong. */
  include(...keys: readonly string[]): SegmentBuilder {
    return this.#listed('included', keys, 'excluded');
  }

  /** These keys never belong. */
  exclude(...keys: readonly string[]): SegmentBuilder {
    return this.#listed('excluded', keys, 'included');
  }

  /** Takes keys out of both lists, so that the condition decides again. */
  unlist(...keys: readonly string[]): SegmentBuilder {
    return this.with({
      included: without(this.document.included, keys),
      excluded: without(this.document.excluded, keys),
    });
  }

  /** The members of these lists always belong; all of the lists. Not for browsers. */
  includeLists(...lists: readonly string[]): SegmentBuilder {
    return this.with({ includedLists: lists.length > 0 ? lists : undefined });
  }

  /** The members of these lists never belong; all of the lists. */
  excludeLists(...lists: readonly string[]): SegmentBuilder {
    return this.with({ excludedLists: lists.length > 0 ? lists : undefined });
  }

  /** The kind of context whose keys are listed. Left out: user. */
  ofKind(kind: string | undefined): SegmentBuilder {
    return this.with({ kind });
  }

  /** Flags that browsers get may use it. */
  clientVisible(clientVisible = true): SegmentBuilder {
    return this.with({ clientVisible });
  }

  describe(description: string): SegmentBuilder {
    return this.with({ description });
  }

  owner(owner: string): SegmentBuilder {
    return this.with({ owner });
  }

  /** All of its tags. */
  tags(...tags: readonly string[]): SegmentBuilder {
    return this.with({ tags });
  }

  #listed(
    name: 'included' | 'excluded',
    keys: readonly string[],
    other: 'included' | 'excluded',
  ): SegmentBuilder {
    return this.with({
      [name]: [...new Set([...(this.document[name] ?? []), ...keys])],
      [other]: without(this.document[other], keys),
    });
  }
}

const without = (
  list: readonly string[] | undefined,
  keys: readonly string[],
): readonly string[] | undefined => {
  const gone = new Set(keys);
  const left = list?.filter((key) => !gone.has(key));
  return left?.length ? left : undefined;
};

/** A segment that nobody belongs to, until `when` or `include` says more. */
export const segment = (key: string): SegmentBuilder => new SegmentBuilder(key, { when: any() });

/** Goes on from a segment as it is stored; its commit is refused when somebody changed it meanwhile. */
export const editSegment = ({ key, document, revision }: StoredDocument<'segment'>): SegmentBuilder =>
  new SegmentBuilder(key, document, revision);
