// An environment of a running core, as browsers see it: allowed origin, client key, commits.
import { call } from '@org/tools/cluster/admin-client';

export interface WebEnvironment {
  readonly id: string;
  readonly reference: string;
  readonly clientKey: string;
  /** Sets documents in one commit. */
  commit(...documents: readonly Document[]): Promise<void>;
}

/** A document to commit. */
export type Document = readonly [kind: 'flag' | 'segment' | 'overlay', key: string, document: object | null];

let projects = 0;

/** Makes an environment of its own that this origin may use. */
export async function createWebEnvironment(httpUrl: string, origin: string): Promise<WebEnvironment> {
  const project = `web-${String(++projects)}`;
  await call(httpUrl, 'AccessService/CreateProject', { key: project, name: project });
  const { id } = await call<{ id: string }>(httpUrl, 'AccessService/CreateEnvironment', {
    project,
    key: 'production',
    name: 'Production',
    allowedOrigins: [origin],
  });
  const environment = `${project}/production`;
  const { secret } = await call<{ secret: string }>(httpUrl, 'AccessService/CreateSdkKey', {
    environment,
    kind: 'KEY_KIND_CLIENT',
    name: 'web',
  });
  return {
    id,
    reference: environment,
    clientKey: secret,
    async commit(...documents) {
      const changes = documents.map(([kind, key, document]) => ({
        kind,
        key,
        ...(document ? { document } : { delete: true }),
      }));
      await call(httpUrl, 'AdminService/Commit', { environment, changes, author: 'test', reason: 'test' });
    },
  };
}

/** A flag that browsers get and that answers this text to everybody. */
export const textFlag = (value: string): object => ({
  type: 'string',
  enabled: true,
  clientVisible: true,
  variants: { on: value },
  default: { variant: 'on' },
});

/** What a server renders into a page: the state as the client key sees it. */
export const snapshotFor = ({ url, key }: { readonly url: string; readonly key: string }): Promise<object> =>
  call(url, 'SyncService/GetSnapshot', {}, key);
