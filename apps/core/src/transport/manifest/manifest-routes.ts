// OpenFeature's manifest management API (v0), by which its CLI pulls and pushes flags and generates typed accessors. Reading is
// for server keys too; writes are commits like any other. The environment stands in the path where the key does not know it.
import type { ServerResponse } from 'node:http';
import type { Fault, Result } from '@org/contract';
import { fail, succeed } from '@org/contract';
import type { Flag, JsonObject } from '@org/contract/model';
import type { CommitResponse } from '@org/contract/gen/flags/v1/admin_service';
import { authorizeEnvironment } from '../../access/authorize.ts';
import { foreignRules } from '../../access/foreign-rules.ts';
import type { EnvironmentReplica, StoredDocument } from '../../application.ts';
import type { MethodStats } from '../../telemetry/call-stats.ts';
import { answered, callOnEnvironment } from '../http/environment-call.ts';
import type { EnvironmentCall, EnvironmentRoute, Use } from '../http/environment-call.ts';
import type { HttpContext } from '../http/http-context.ts';
import type { Route, RouteMethod } from '../http/routes.ts';
import { sendJson } from '../http/send.ts';
import { replicaOf } from '../methods/replica-of.ts';
import { messageOf } from '../status/fault-details.ts';
import { changedFlag, newFlag, sameType, toManifestFlag } from './manifest-flag.ts';
import type { ManifestFlagInput } from './manifest-flag.ts';
import { readManifestFlag } from './manifest-request.ts';

const base = '/openfeature/v0/manifest';
/** For keys of principals, which may hold roles in several environments. */
const named = '/environments/{project}/{environment}';

/** The routes; `counted` gives each its numbers. */
export function manifestRoutes(
  context: HttpContext,
  counted: (name: string) => MethodStats,
): readonly Route[] {
  const read = {
    name: 'manifest/read',
    rule: foreignRules['manifest/read'],
    stats: counted('manifest/read'),
  };
  const write = {
    name: 'manifest/write',
    rule: foreignRules['manifest/write'],
    stats: counted('manifest/write'),
  };
  const manifest = new ManifestApi(context);
  return ['', named].flatMap((prefix) => {
    const route = (
      method: RouteMethod,
      path: string,
      served: EnvironmentRoute,
      use: (call: EnvironmentCall, key: string) => ReturnType<Use>,
    ): Route => ({
      path: `${prefix}${base}${path}`,
      method,
      access: 'foreign-rules',
      browsers: false,
      faults: manifestError,
      serve(request, response, parameters) {
        const [project, environment] = parameters;
        const inPath = prefix === '' ? undefined : `${project}/${environment}`;
        const key = parameters.at(-1) ?? '';
        return callOnEnvironment(context, served, { request, response, environment: inPath }, (call) =>
          use(call, key),
        );
      },
    });
    return [
      route('GET', '', { ...read, readsBody: false }, (call) => manifest.list(call)),
      route('POST', '/flags', { ...write, readsBody: true }, (call) => manifest.create(call)),
      route('PUT', '/flags/{key}', { ...write, readsBody: true }, (call, key) => manifest.update(call, key)),
      route('DELETE', '/flags/{key}', { ...write, readsBody: false }, (call, key) =>
        manifest.remove(call, key),
      ),
    ];
  });
}

/** `{"error": {message, status, details}}`. */
function manifestError(fault: Fault, status: number): object {
  const details = fault.violations?.map(({ field, rule, message }) => ({ field, code: rule, message }));
  return { error: { message: messageOf(fault), status, ...(details !== undefined && { details }) } };
}

class ManifestApi {
  readonly #context: HttpContext;

  constructor(context: HttpContext) {
    this.#context = context;
  }

  list({ grant, session, response }: EnvironmentCall): Result<unknown> {
    const { application } = this.#context;
    const replica = replicaOf(application, grant);
    if (!replica.ok) return replica;
    const rule = foreignRules['manifest/write'];
    const mayWrite = authorizeEnvironment(
      application.environments,
      session.caller,
      rule,
      grant.environmentId,
    ).ok;
    response.setHeader('x-manifest-capabilities', mayWrite ? capabilities : 'read');
    sendJson(response, 200, JSON.stringify({ flags: manifestFlags(replica.value) }));
    return answered;
  }

  async create(call: EnvironmentCall): Promise<Result<unknown>> {
    const input = readManifestFlag(call.body, true);
    if (!input.ok) return input;
    const { key, defaultValue } = input.value;
    const document = newFlag({ ...input.value, defaultValue: defaultValue! });
    const committed = await this.#commit(call, key, document, 0);
    if (committed.ok) return answerFlag(call.response, 201, key, document, committed.value);
    return committed.fault.code === 'REVISION_CONFLICT'
      ? conflict('key', `There is a flag with the key "${key}" already.`)
      : committed;
  }

  async update(call: EnvironmentCall, key: string): Promise<Result<unknown>> {
    const input = readManifestFlag(call.body, false);
    if (!input.ok) return input;
    if (input.value.key !== key) return keysDiffer;
    const stored = await this.#stored(call, key);
    if (!stored.ok) return stored;
    const flag = stored.value.document as unknown as Flag;
    if (!sameType(flag, input.value.type)) return typeIsKept(flag, input.value);
    const document = changedFlag(flag, input.value);
    const committed = await this.#commit(call, key, document, stored.value.revision);
    return committed.ok ? answerFlag(call.response, 200, key, document, committed.value) : committed;
  }

  async remove(call: EnvironmentCall, key: string): Promise<Result<unknown>> {
    const stored = await this.#stored(call, key);
    if (!stored.ok) return stored;
    const committed = await this.#commit(call, key, undefined, stored.value.revision);
    if (!committed.ok) return committed;
    const message = `The flag "${key}" is removed; a revert brings it back.`;
    return answer(call.response, 200, { message, archivedAt: timeOf(committed.value) });
  }

  async #stored({ grant }: EnvironmentCall, key: string): Promise<Result<StoredDocument>> {
    const stored = await this.#context.application.admin.getDocument(grant, 'flag', key);
    return stored.ok || stored.fault.code !== 'NOT_FOUND'
      ? stored
      : fail('NOT_FOUND', `There is no flag "${key}".`);
  }

  #commit(
    { grant }: EnvironmentCall,
    key: string,
    document: Flag | undefined,
    expectedDocumentRevision: number,
  ): Promise<Result<CommitResponse>> {
    const action =
      document === undefined
        ? ({ $case: 'delete', value: true } as const)
        : ({ $case: 'document', value: document as unknown as JsonObject } as const);
    return this.#context.application.admin.commit(grant, {
      environment: '',
      changes: [{ kind: 'flag', key, action, expectedDocumentRevision }],
      idempotencyKey: '',
      author: '',
      reason: 'OpenFeature manifest',
      expectedRevision: undefined,
      dryRun: false,
    });
  }
}

const capabilities = 'read,write,delete';

function manifestFlags(replica: EnvironmentReplica): readonly object[] {
  const { documents } = replica.snapshot('server').message;
  const flags = documents.filter(({ kind }) => kind === 'flag').sort((a, b) => (a.key < b.key ? -1 : 1));
  return flags.flatMap(({ key, json }) => toManifestFlag(key, JSON.parse(json) as Flag) ?? []);
}

function answerFlag(
  response: ServerResponse,
  status: number,
  key: string,
  flag: Flag,
  committed: CommitResponse,
): Result<unknown> {
  return answer(response, status, { flag: toManifestFlag(key, flag), updatedAt: timeOf(committed) });
}

function answer(response: ServerResponse, status: number, body: object): Result<unknown> {
  response.setHeader('x-manifest-capabilities', capabilities);
  sendJson(response, status, JSON.stringify(body));
  return succeed(undefined);
}

function timeOf({ revision }: CommitResponse): string | null {
  const at = revision?.committedAt;
  return at === undefined ? null : new Date(at.seconds * 1_000 + at.nanos / 1_000_000).toISOString();
}

function conflict(field: string, message: string): ReturnType<typeof fail> {
  return fail('ALREADY_EXISTS', message, { violations: [{ field, rule: 'conflict', message }] });
}

function typeIsKept({ type }: Flag, wanted: ManifestFlagInput): ReturnType<typeof fail> {
  return conflict('type', `The type of a flag cannot be changed from ${type} to ${wanted.type}.`);
}

const keysDiffer = fail('INVALID_REQUEST', 'The key in the path and the key in the body differ.', {
  violations: [{ field: 'key', rule: 'mismatch', message: 'Path key and payload key differ.' }],
});
