// Pages of lists that lie in memory, by a token that names the last item seen: what comes and goes in between neither
// repeats nor hides other items.
import { fail, limits, succeed, type Result } from '@org/contract';
import type { Page, PageRequest } from '../../application.ts';

/** The number of items a page may have: 0 means the default; above the limit the limit. */
export const pageSizeOf = ({ pageSize }: PageRequest): number =>
  pageSize === 0 ? limits.pageSizeDefault : Math.min(pageSize, limits.pageSizeMax);

const encode = (position: string): string => Buffer.from(position).toString('base64url');

/** The position a token names; "" for none, undefined for a token that nobody gave out. */
export function positionOf(pageToken: string): string | undefined {
  if (pageToken === '') return '';
  const position = Buffer.from(pageToken, 'base64url').toString();
  return position !== '' && encode(position) === pageToken ? position : undefined;
}

export const invalidToken = (): { ok: false } & Result<never> =>
  fail('INVALID_REQUEST', 'The page token is not one of this list.', {
    violations: [
      { field: 'page_token', rule: 'page_token', message: 'Use the token of the page before, or none.' },
    ],
  });

/** Cuts a page out of items sorted by their positions (unique texts). */
export function pageOf<T>(
  items: readonly T[],
  position: (item: T) => string,
  request: PageRequest,
): Result<Page<T>> {
  const after = positionOf(request.pageToken);
  if (after === undefined) return invalidToken();
  const start = firstAfter(items, position, after);
  const page = items.slice(start, start + pageSizeOf(request));
  const last = page.at(-1);
  const more = start + page.length < items.length && last !== undefined;
  return succeed({ items: page, nextPageToken: more ? encode(position(last)) : '' });
}

export const tokenOf = encode;

function firstAfter<T>(items: readonly T[], position: (item: T) => string, after: string): number {
  if (after === '') return 0;
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (position(items[middle] as T) > after) high = middle;
    else low = middle + 1;
  }
  return low;
}
