// Reads the page a request asks for. Holds the one rule on page sizes.
import { fail, limits, succeed } from '@org/contract';
import type { Result } from '@org/contract';
import type { PageRequest } from '../../application.ts';

const tokenCharsMax = 2_000;

/** The page of a list request; a size of 0 means the default, one above the limit is refused. */
export function pageOf(request: {
  readonly pageSize: number;
  readonly pageToken: string;
}): Result<PageRequest> {
  if (request.pageSize > limits.pageSizeMax) {
    const message = `At most ${limits.pageSizeMax} entries fit on a page.`;
    return fail('INVALID_REQUEST', message, { violations: [{ field: 'page_size', rule: 'max', message }] });
  }
  if (request.pageToken.length > tokenCharsMax) {
    const message = 'This is not a token of an earlier page.';
    return fail('INVALID_REQUEST', message, {
      violations: [{ field: 'page_token', rule: 'max_length', message }],
    });
  }
  return succeed({ pageSize: request.pageSize || limits.pageSizeDefault, pageToken: request.pageToken });
}
