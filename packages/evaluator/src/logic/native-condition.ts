// One of our own conditions inside a logic tree: a segment that is written in our expressions.
import type { Condition } from '../attributes.ts';
import { withUser } from '../attributes.ts';
import type { Run } from './run.ts';

/** Stands in a tree where a segment is referred to. */
export class NativeCondition {
  readonly #test: (context: unknown) => boolean;

  constructor(cell: { readonly test: Condition }) {
    this.#test = withUser((user, context, strict) => cell.test(user, context, strict));
  }

  holds(run: Run): boolean {
    return this.#test(run.context);
  }
}
