// Lists that the server answers in pages, as async iterators over their items. Fetches a page when it is asked for.

/** A page and where the next one begins. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Empty after the last page. */
  readonly nextPageToken: string;
}

/** `for await (const item of list)`, or everything at once. */
export interface Pages<T> extends AsyncIterable<T> {
  /** Page by page. */
  pages(): AsyncIterable<Page<T>>;
  /** The items, at most `countMax` of them (default: all). */
  all(countMax?: number): Promise<readonly T[]>;
}

export function createPages<T>(fetchPage: (pageToken: string) => Promise<Page<T>>): Pages<T> {
  async function* pages(): AsyncGenerator<Page<T>> {
    let pageToken = '';
    do {
      const page = await fetchPage(pageToken);
      yield page;
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
  }
  async function* items(): AsyncGenerator<T> {
    for await (const page of pages()) yield* page.items;
  }
  return {
    pages,
    [Symbol.asyncIterator]: items,
    async all(countMax = Infinity) {
      const found: T[] = [];
      if (countMax < 1) return found;
      for await (const item of items()) {
        found.push(item);
        if (found.length >= countMax) break;
      }
      return found;
    },
  };
}
