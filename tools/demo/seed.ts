// Fills a new installation with the demo project: two environments, their flags, and SDK keys for the shop.
// Doing it again changes nothing that is there but the origins that pages may come from.
import { readFileSync } from 'node:fs';
import { importFlagd, type ImportedDocument, type ImportFinding } from '@org/interop';
import { CallError } from '../cluster/admin-client.ts';
import type { CallCore } from './core-client.ts';
import { exampleDocuments } from './example-documents.ts';

/** What seeding found and did. */
export interface Seeded {
  /** Documents committed per environment in this run; empty where it had some already. */
  readonly committed: ReadonlyMap<string, number>;
  readonly findings: readonly ImportFinding[];
}

/** Makes project and environments, and commits the documents of environments that have no revision yet. */
export async function seedDemo(call: CallCore, allowedOrigins: readonly string[]): Promise<Seeded> {
  const definition: unknown = JSON.parse(
    readFileSync(new URL('otel-demo.flagd.json', import.meta.url), 'utf8'),
  );
  const imported = importFlagd(definition, { offVariant: 'off' });
  await unlessThere(call('AccessService/CreateProject', { key: 'demo', name: 'Demo shop' }));
  const contents = [
    { key: 'production', name: 'Production', documents: imported.documents },
    { key: 'example', name: 'Example', documents: [...imported.documents, ...exampleDocuments] },
  ];
  const committed = new Map<string, number>();
  for (const { key, name, documents } of contents) {
    const environment = `demo/${key}`;
    const request = { project: 'demo', key, name, allowedOrigins };
    const made = await unlessThere(call<Environment>('AccessService/CreateEnvironment', request));
    const { revision = 0 } =
      made ??
      (await call<Environment>('AccessService/UpdateEnvironment', {
        environment,
        allowedOrigins: { origins: allowedOrigins },
      }));
    if (revision === 0) committed.set(environment, await commit(call, environment, documents));
  }
  return { committed, findings: imported.findings };
}

/** Makes an SDK key for an environment and returns the secret, which no later call tells. */
export async function createSdkKey(
  call: CallCore,
  environment: string,
  kind: 'SERVER' | 'CLIENT',
): Promise<string> {
  const request = { environment, kind: `KEY_KIND_${kind}`, name: `shop (${kind.toLowerCase()})` };
  return (await call<{ secret: string }>('AccessService/CreateSdkKey', request)).secret;
}

interface Environment {
  readonly revision?: number;
}

async function commit(
  call: CallCore,
  environment: string,
  documents: readonly ImportedDocument[],
): Promise<number> {
  await call('AdminService/Commit', {
    environment,
    author: 'npm start',
    reason: 'First content of the demo',
    changes: documents.map((document) => ({ ...document, expectedDocumentRevision: 0 })),
  });
  return documents.length;
}

async function unlessThere<T>(creation: Promise<T>): Promise<T | undefined> {
  try {
    return await creation;
  } catch (error) {
    if (error instanceof CallError && error.code === 'already_exists') return undefined;
    throw error;
  }
}
