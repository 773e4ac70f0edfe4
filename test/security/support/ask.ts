// Asks a core over one of its transports and tells the outcome by the name of its code, in gRPC's spelling.
import { credentials, Metadata, status } from '@grpc/grpc-js';
import { Client } from '@grpc/grpc-js';
import { AccessServiceDefinition } from '@org/contract/gen/flags/v1/access_service';
import { AdminServiceDefinition } from '@org/contract/gen/flags/v1/admin_service';
import { AlertServiceDefinition } from '@org/contract/gen/flags/v1/alert_service';
import { AnalyticsServiceDefinition } from '@org/contract/gen/flags/v1/analytics_service';
import { AuditServiceDefinition } from '@org/contract/gen/flags/v1/audit_service';
import { ChangeRequestServiceDefinition } from '@org/contract/gen/flags/v1/change_request_service';
import { EventServiceDefinition } from '@org/contract/gen/flags/v1/event_service';
import { ExperimentServiceDefinition } from '@org/contract/gen/flags/v1/experiment_service';
import { FlagServiceDefinition } from '@org/contract/gen/flags/v1/flag_service';
import { HistoryServiceDefinition } from '@org/contract/gen/flags/v1/history_service';
import { RolloutServiceDefinition } from '@org/contract/gen/flags/v1/rollout_service';
import { SourceServiceDefinition } from '@org/contract/gen/flags/v1/source_service';
import { SyncServiceDefinition } from '@org/contract/gen/flags/v1/sync_service';

/** "OK" or a code such as "PERMISSION_DENIED", and what was answered as text, to look for what must not be in it. */
export interface Answer {
  readonly code: string;
  readonly text: string;
}

/** Calls "Service/Method" with a proto3 JSON request. */
export type Ask = (method: string, request: unknown, key: string | undefined) => Promise<Answer>;

/** Over HTTP. Streaming methods go to the stream for browsers, where there is one. */
export function askHttp(url: string): Ask {
  return async (method, request, key) => {
    const path = method === 'SyncService/Watch' ? '/v1/watch' : `/flags.v1.${method}`;
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify(request),
    });
    if (response.headers.get('content-type') === 'application/x-ndjson') {
      const { value } = await response.body!.getReader().read();
      await response.body?.cancel().catch(() => undefined);
      return { code: 'OK', text: new TextDecoder().decode(value) };
    }
    const text = await response.text();
    const { code } = JSON.parse(text) as { code?: string };
    return { code: response.ok ? 'OK' : (code ?? String(response.status)).toUpperCase(), text };
  };
}

interface Codec {
  fromJSON(json: unknown): unknown;
  encode(message: never): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
}
interface MethodShape {
  readonly name: string;
  readonly requestType: Codec;
  readonly responseType: Codec;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

const services = [
  AccessServiceDefinition,
  AdminServiceDefinition,
  AlertServiceDefinition,
  AnalyticsServiceDefinition,
  AuditServiceDefinition,
  ChangeRequestServiceDefinition,
  EventServiceDefinition,
  ExperimentServiceDefinition,
  FlagServiceDefinition,
  HistoryServiceDefinition,
  RolloutServiceDefinition,
  SourceServiceDefinition,
  SyncServiceDefinition,
];
const methods: ReadonlyMap<string, MethodShape> = new Map(
  services.flatMap(({ name, methods: all }) =>
    Object.values(all as Record<string, unknown>).map((entry) => {
      const method = entry as MethodShape;
      return [`${name}/${method.name}`, method] as const;
    }),
  ),
);

/** Over gRPC, on one connection. */
export function askGrpc(address: string): { readonly ask: Ask; close(): void } {
  const client = new Client(address, credentials.createInsecure());
  const ask: Ask = (name, request, key) => {
    const method = methods.get(name);
    if (method === undefined) throw new Error(`no method ${name}`);
    const metadata = new Metadata();
    if (key !== undefined) metadata.set('authorization', `Bearer ${key}`);
    return callGrpc(client, name, method, request, metadata);
  };
  return { ask, close: () => client.close() };
}

/** Settles at the first answer or at the end of the stream, whichever comes first. */
function callGrpc(
  client: Client,
  name: string,
  method: MethodShape,
  request: unknown,
  metadata: Metadata,
): Promise<Answer> {
  const path = `/flags.v1.${name}`;
  const serialize = (value: Buffer): Buffer => value;
  const deserialize = (bytes: Buffer): unknown => method.responseType.decode(bytes);
  const message = Buffer.from(
    method.requestType.encode(method.requestType.fromJSON(request) as never).finish(),
  );
  return new Promise((resolve) => {
    const ok = (value: unknown): void => resolve({ code: 'OK', text: JSON.stringify(value) });
    const failed = (error: { code?: number; message: string }): void =>
      resolve({ code: status[error.code ?? status.UNKNOWN] ?? 'UNKNOWN', text: error.message });
    if (!method.responseStream) {
      client.makeUnaryRequest(path, serialize, deserialize, message, metadata, (error, value) =>
        error === null ? ok(value) : failed(error),
      );
      return;
    }
    const both = method.requestStream
      ? client.makeBidiStreamRequest(path, serialize, deserialize, metadata)
      : undefined;
    const stream = both ?? client.makeServerStreamRequest(path, serialize, deserialize, message, metadata);
    stream.on('data', (value: unknown) => {
      ok(value);
      stream.cancel();
    });
    stream.on('error', failed);
    both?.write(message);
  });
}
