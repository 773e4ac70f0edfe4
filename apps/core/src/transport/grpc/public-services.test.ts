// Health and reflection by what stock clients send: the standard protos, and nothing of ours.
import { fileURLToPath } from 'node:url';
import { credentials, loadPackageDefinition, status } from '@grpc/grpc-js';
import type { Client, ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { create, createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import type { FileRegistry } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import { protoPath } from 'grpc-health-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startFixture, until } from '../../testing/transport-fixture.ts';
import type { Fixture } from '../../testing/transport-fixture.ts';

interface HealthClient extends Client {
  check(request: object, callback: (error: ServiceError | null, response: { status: string }) => void): void;
  watch(
    request: object,
  ): AsyncIterable<{ status: string }> & { cancel(): void; on(event: string, listener: unknown): void };
}
interface ReflectionClient extends Client {
  serverReflectionInfo(): AsyncIterable<Record<string, never>> & {
    write(request: object): void;
    end(): void;
  };
}

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.close());

function stockClient<T extends Client>(
  path: string,
  service: (loaded: never) => new (...args: never[]) => Client,
): T {
  const options = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true };
  const loaded = loadPackageDefinition(loadSync(path, options));
  const Constructor = service(loaded as never) as unknown as new (address: string, creds: unknown) => T;
  return new Constructor(fixture.grpcAddress, credentials.createInsecure());
}

const healthClient = (): HealthClient =>
  stockClient(
    protoPath,
    (loaded: { grpc: { health: { v1: { Health: never } } } }) => loaded.grpc.health.v1.Health,
  );
const reflectionClient = (version: 'v1' | 'v1alpha'): ReflectionClient => {
  const proto = import.meta.resolve(
    `@grpc/reflection/build/proto/grpc/reflection/${version}/reflection.proto`,
  );
  return stockClient(
    fileURLToPath(proto),
    (loaded: { grpc: { reflection: Record<string, { ServerReflection: never }> } }) =>
      loaded.grpc.reflection[version]!.ServerReflection,
  );
};

it.each(['', 'flags.v1.FlagService', 'flags.v1.AdminService'])(
  'serves as %j, without a key',
  async (service) => {
    const client = healthClient();
    const answer = await new Promise((resolve) =>
      client.check({ service }, (error, response) => resolve(error ?? response)),
    );
    client.close();
    expect(answer).toEqual({ status: 'SERVING' });
  },
);

it('does not know a service that is not there', async () => {
  const client = healthClient();
  const error = await new Promise<ServiceError | null>((resolve) =>
    client.check({ service: 'nope' }, resolve),
  );
  client.close();
  expect(error?.code).toBe(status.NOT_FOUND);
});

it('tells watchers that it stops serving, when it is not ready and when it closes', async () => {
  const client = healthClient();
  const seen: string[] = [];
  const stream = client.watch({ service: '' });
  stream.on('data', (message: { status: string }) => seen.push(message.status));
  stream.on('error', () => undefined);
  await until(() => seen.length === 1);
  const closing = fixture.transports.close(100);
  await until(() => seen.length === 2);
  client.close();
  await closing;
  expect(seen).toEqual(['SERVING', 'NOT_SERVING']);
});

it.each(['v1', 'v1alpha'] as const)('describes itself by reflection %s', async (version) => {
  const client = reflectionClient(version);
  const stream = client.serverReflectionInfo();
  stream.write({ list_services: '' });
  stream.write({ file_containing_symbol: 'flags.v1.FlagService' });
  stream.write({ file_containing_symbol: 'flags.v1.Nope' });
  stream.end();
  const answers: Record<string, never>[] = [];
  for await (const answer of stream) answers.push(answer);
  client.close();
  const [list, file, missing] = answers as unknown as [
    { list_services_response: { service: { name: string }[] } },
    { file_descriptor_response: { file_descriptor_proto: Buffer[] } },
    { error_response: { error_code: number } },
  ];
  expect(list.list_services_response.service.map(({ name }) => name)).toContain('flags.v1.SyncService');
  const names = file.file_descriptor_response.file_descriptor_proto.map(
    (bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name,
  );
  expect(names.some((name) => name.includes('flag_service') || name.includes('flags'))).toBe(true);
  expect(missing.error_response.error_code).toBe(status.NOT_FOUND);
});

it.each(['v1', 'v1alpha'] as const)(
  'gives files of which a client can build the service (%s)',
  async (version) => {
    const registry = await reflectedRegistry(version, 'flags.v1.AdminService');
    const commit = registry.getService('flags.v1.AdminService')?.method['commit'];
    expect(commit?.input.fields.map(({ name }) => name)).toContain('expected_revision');
    expect(registry.getFile('google/protobuf/timestamp.proto')).toBeDefined();
    expect(registry.getExtension('flags.v1.access')).toBeDefined();
  },
);

it.each(['v1', 'v1alpha'] as const)('describes the health service, too (%s)', async (version) => {
  const registry = await reflectedRegistry(version, 'grpc.health.v1.Health');
  expect(Object.keys(registry.getService('grpc.health.v1.Health')?.method ?? {})).toContain('check');
});

it('hides reflection when it is switched off', async () => {
  await fixture.close();
  fixture = await startFixture({ environment: { FLAGS_GRPC_REFLECTION: 'off' } });
  const client = reflectionClient('v1');
  const stream = client.serverReflectionInfo();
  stream.write({ list_services: '' });
  const failed = (async () => {
    for await (const answer of stream) throw new Error(JSON.stringify(answer));
  })();
  await expect(failed).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  client.close();
});

/** What a stock client does: the file of the symbol, then by name every file that one imports. Throws when one is missing. */
async function reflectedRegistry(version: 'v1' | 'v1alpha', symbol: string): Promise<FileRegistry> {
  const files = new Map<string, FileDescriptorProto>();
  const ask = async (request: object): Promise<void> => {
    for (const file of await reflectedFiles(version, request)) files.set(file.name, file);
  };
  await ask({ file_containing_symbol: symbol });
  for (const file of files.values()) {
    for (const name of file.dependency) if (!files.has(name)) await ask({ file_by_filename: name });
  }
  const done = new Set<string>();
  const sorted: FileDescriptorProto[] = [];
  const add = (name: string): void => {
    const file = files.get(name);
    if (file === undefined || done.has(name)) return;
    done.add(name);
    file.dependency.forEach(add);
    sorted.push(file);
  };
  for (const name of files.keys()) add(name);
  return createFileRegistry(create(FileDescriptorSetSchema, { file: sorted }));
}

async function reflectedFiles(
  version: 'v1' | 'v1alpha',
  request: object,
): Promise<readonly FileDescriptorProto[]> {
  const client = reflectionClient(version);
  const stream = client.serverReflectionInfo();
  stream.write(request);
  stream.end();
  const files: FileDescriptorProto[] = [];
  for await (const answer of stream) {
    const found = answer as unknown as { file_descriptor_response?: { file_descriptor_proto: Buffer[] } };
    for (const bytes of found.file_descriptor_response?.file_descriptor_proto ?? [])
      files.push(fromBinary(FileDescriptorProtoSchema, bytes));
  }
  client.close();
  return files;
}
