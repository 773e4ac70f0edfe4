// The members of lists: more keys than a request can hold travel in parts, which count only when they are committed.
import type { CallOptions } from './transport.ts';
import type { Calls } from './calls.ts';
import type { ChangeOptions } from './environment-client.ts';
import type { CommitResult } from './model.ts';

/** What a change does with its keys. */
export type ListEdit = 'add' | 'remove' | 'replace';

export interface ListChangeOptions extends ChangeOptions {
  /** Refused when the list is no longer at this revision; 0: when it exists. */
  readonly expectedRevision?: number;
}

export interface ListCalls {
  /**
   * Changes the members of a list as one revision, and makes the list when there is none. Any number of keys: what does
   * not fit a request goes ahead in parts. `replace` takes no keys for "nobody".
   */
  changeList(
    key: string,
    edit: ListEdit,
    members: Iterable<string>,
    options?: ListChangeOptions,
  ): Promise<CommitResult>;
  /** Which of these keys belong to the list. */
  checkMembers(key: string, members: readonly string[], options?: CallOptions): Promise<readonly string[]>;
}

/** Of a part, and of what a commit holds by itself: well below what a request may have. */
const partIdsMax = 10_000;
const partBytesMax = 512 * 1024;
const checkIdsMax = 1_000;

export function listCalls(
  { ask }: Calls,
  change: (method: string, request: object, options: ChangeOptions) => Promise<CommitResult>,
  unique: () => string,
): ListCalls {
  return {
    async changeList(key, edit, members, { expectedRevision, ...options } = {}) {
      const request = {
        key,
        edit: `LIST_EDIT_${edit.toUpperCase()}`,
        expectedDocumentRevision: expectedRevision,
      };
      const parts = [...partsOf(members)];
      if (parts.length <= 1)
        return change('AdminService/CommitList', { ...request, ids: parts[0] ?? [] }, options);
      // The same name for the same request: a repetition of the whole replaces its own parts.
      const upload = options.idempotencyKey ?? unique();
      for (const [part, ids] of parts.entries())
        await ask('AdminService/PutListPart', { upload, part, ids }, { signal: options.signal });
      const uploaded = { ...request, upload, parts: parts.length };
      return change('AdminService/CommitList', uploaded, { ...options, idempotencyKey: upload });
    },
    async checkMembers(key, members, options) {
      const found: string[] = [];
      for (let start = 0; start < members.length; start += checkIdsMax) {
        const ids = members.slice(start, start + checkIdsMax);
        const answer = await ask('AdminService/CheckListMembers', { key, ids }, options);
        found.push(...((answer['members'] ?? []) as string[]));
      }
      return found;
    },
  };
}

/** Keys in parts that fit a request, in their order. */
function* partsOf(members: Iterable<string>): Generator<readonly string[]> {
  let part: string[] = [];
  let bytes = 0;
  for (const member of members) {
    // Three bytes for a UTF-16 unit at most, and quotes around it; escapes are rare in keys.
    const own = member.length * 3 + 3;
    if (part.length >= partIdsMax || (part.length > 0 && bytes + own > partBytesMax)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(member);
    bytes += own;
  }
  if (part.length > 0) yield part;
}
