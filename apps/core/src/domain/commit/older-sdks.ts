// A canary of SDKs of earlier releases (R28): while such an SDK runs somewhere, nothing is accepted that it cannot
// evaluate. Each is the module that its package published, used through its client in memory.
import { pathToFileURL } from 'node:url';
import type { Violation } from '@org/contract';
import type { JsonObject } from '@org/contract/model';
import { touchedDocuments, type Proposal, type Stage } from './stages.ts';

/** An SDK of an earlier release. */
export interface OlderSdk {
  /** Where it was loaded from. */
  readonly name: string;
  readonly createMemoryClient: (documents: MemoryDocuments) => MemoryClient;
}

type MemoryDocuments = Readonly<Record<'flags' | 'segments' | 'overlays', Readonly<Record<string, unknown>>>>;

/** What has been the same in all releases. */
interface MemoryClient {
  boolean(key: string, defaultValue: boolean): Handle;
  string(key: string, defaultValue: string): Handle;
  number(key: string, defaultValue: number): Handle;
  object(key: string, defaultValue: object): Handle;
  close(): Promise<unknown>;
}
interface Handle {
  details(context: object): { readonly errorCode?: string | undefined; readonly rule?: string | undefined };
}

const messageCharsMax = 500;

/** Loads the modules. @throws Error when one cannot be loaded or is no SDK of ours */
export function loadOlderSdks(paths: readonly string[]): Promise<readonly OlderSdk[]> {
  return Promise.all(
    paths.map(async (path) => {
      const { createMemoryClient } = (await import(pathToFileURL(path).href)) as Partial<OlderSdk>;
      if (typeof createMemoryClient === 'function') return { name: path, createMemoryClient };
      throw new Error(`${path} exports no createMemoryClient: it is not the module of @org/flags-node`);
    }),
  );
}

/** A stage that has the older SDKs load and evaluate what a commit touches. */
export const olderSdksStage =
  (sdks: readonly OlderSdk[]): Stage =>
  (proposal) =>
    sdks.flatMap((sdk) => {
      const problem = problemOf(sdk, proposal);
      return problem === undefined ? [] : [violationOf(sdk, proposal, problem)];
    });

function violationOf({ name }: OlderSdk, { changes }: Proposal, problem: string): Violation {
  const [only, ...others] = changes;
  const field = only !== undefined && others.length === 0 ? only.field : 'changes';
  const message = `An older SDK (${name}) cannot evaluate this: ${problem}`;
  return { field, rule: 'older_sdk', message: message.slice(0, messageCharsMax) };
}

/** An overlay on something that an older SDK passes over. */
const isNewer = ({ target }: JsonObject): boolean =>
  typeof target === 'object' && target !== null && 'kind' in target && target['kind'] !== 'flag';

/** What the SDK says against the documents, or how it answers wrongly. */
function problemOf({ createMemoryClient }: OlderSdk, proposal: Proposal): string | undefined {
  const { documents, flagKeys } = touchedDocuments(proposal);
  const ofKind = (kind: string): Readonly<Record<string, unknown>> =>
    Object.fromEntries(
      documents
        .filter((held) => held.kind === kind && !isNewer(held.document))
        .map(({ key, document }) => [key, document]),
    );
  const flags = ofKind('flag');
  try {
    const client = createMemoryClient({ flags, segments: ofKind('segment'), overlays: ofKind('overlay') });
    try {
      return flagKeys
        .map((key) => answerProblem(client, key, flags[key]))
        .find((found) => found !== undefined);
    } finally {
      void client.close();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function answerProblem(client: MemoryClient, key: string, flag: unknown): string | undefined {
  const handle = handleOf(client, key, (flag as { readonly type?: string } | undefined)?.type);
  for (const context of [{}, { targetingKey: 'canary' }]) {
    const { errorCode, rule } = handle.details(context);
    const isWrong = errorCode === 'PARSE_ERROR' || errorCode === 'GENERAL' || errorCode === 'TYPE_MISMATCH';
    // What a rule answers for a context that lacks what it reads is an answer of the flag.
    if (isWrong && rule === undefined) return `the flag "${key}" answers ${errorCode}`;
  }
  return undefined;
}

function handleOf(client: MemoryClient, key: string, type: string | undefined): Handle {
  if (type === 'string') return client.string(key, '');
  if (type === 'number') return client.number(key, 0);
  return type === 'object' ? client.object(key, {}) : client.boolean(key, false);
}
