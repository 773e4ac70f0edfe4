// How the clients ask: calls with a part of the request that is always the same, and lists as pages.
import { createPages, type Pages } from './pages.ts';
import { list, readPageToken, type Message } from './read-messages.ts';
import type { CallOptions, Transport } from './transport.ts';

export interface ListOptions extends CallOptions {
  /** Items of one page, at most 1,000. */
  readonly pageSize?: number;
}

/** The ways to call a method. */
export interface Calls {
  /** Repeated when the answer is lost: for reads, and for what is the same done twice. */
  ask(method: string, request: object, options?: CallOptions): Promise<Message>;
  /** Not repeated when it may have been done. */
  make(method: string, request: object, options?: CallOptions): Promise<Message>;
  /** A list; `member` is the field of the answer that holds the items. Other options become fields of the request. */
  pages<T>(
    method: string,
    member: string,
    read: (message: Message) => T,
    options?: ListOptions & Readonly<Record<string, unknown>>,
  ): Pages<T>;
}

/** `common` is part of every request. */
export function createCalls(call: Transport, common: object = {}): Calls {
  const calls: Calls = {
    ask: (method, request, { signal } = {}) =>
      call(method, { ...common, ...request }, { repeatable: true, signal }),
    make: (method, request, { signal } = {}) =>
      call(method, { ...common, ...request }, { repeatable: false, signal }),
    pages: (method, member, read, { pageSize = 0, signal, ...request } = {}) =>
      createPages(async (pageToken) => {
        const answer = await calls.ask(method, { pageSize, pageToken, ...request }, { signal });
        return { items: list(answer[member], read), nextPageToken: readPageToken(answer) };
      }),
  };
  return calls;
}
