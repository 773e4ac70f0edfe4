// One file at an address as a source. Asks whether it is another one than before (ETag), reaches only addresses that the
// installation allows, and takes no more than a file may have.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileLimits } from '@org/files';
import type { GuardedRequest } from '../outbound/guarded-request.ts';
import { SourceError, type Source, type SourceContent } from './source.ts';

export interface HttpSourceOptions {
  readonly url: string;
  /** A file with a bearer token. */
  readonly tokenFile?: string | undefined;
  readonly request: GuardedRequest;
}

const timeoutMs = 15_000;

/** Makes the source; nothing is asked yet. */
export function createHttpSource({ url, tokenFile, request }: HttpSourceOptions): Source {
  let known: { readonly etag: string | undefined; readonly content: SourceContent } | undefined;
  const { host, pathname } = new URL(url);
  return {
    async read() {
      const headers = {
        accept: 'application/yaml, application/json, text/plain, */*',
        ...(known?.etag !== undefined && { 'if-none-match': known.etag }),
        ...(tokenFile !== undefined && { authorization: `Bearer ${await tokenOf(tokenFile)}` }),
      };
      const bounds = { bytesMax: fileLimits.fileBytesMax, timeoutMs };
      const fetched = await request(url, { method: 'GET', headers, ...bounds });
      if (!fetched.ok) throw new SourceError(`${host}: ${fetched.problem}.`);
      if (fetched.status === 304 && known !== undefined) return known.content;
      if (fetched.status !== 200) throw new SourceError(`${host} answered ${fetched.status}.`);
      const version = createHash('sha256').update(fetched.body).digest('hex').slice(0, 32);
      // Without a name that says more, YAML: JSON is a part of it.
      const name = pathname.split('/').at(-1) ?? '';
      const path = /\.(ya?ml|json)$/i.test(name) ? name : `${name || 'documents'}.yaml`;
      const files = [{ path, text: fetched.body }];
      known = { etag: fetched.etag, content: { version, files, author: `http:${host}`, problems: [] } };
      return known.content;
    },
  };
}

async function tokenOf(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new SourceError('The file of the token cannot be read.', { cause: error });
  }
}
