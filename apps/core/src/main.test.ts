// The core as a process: it starts from its environment, says when it is ready, and stops in order.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const bootstrapKey = 'flags_p_boot_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG';
let folder: string;
let started: ChildProcess[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flags-main-'));
});
afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  started = [];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly code: Promise<number | null>;
  ready(): Promise<Record<string, string>>;
}

function start(environment: Readonly<Record<string, string>>): Run {
  const fixed = {
    FLAGS_GRPC_ADDRESS: '127.0.0.1:0',
    FLAGS_HTTP_ADDRESS: '127.0.0.1:0',
    FLAGS_DATA_DIR: folder,
  };
  const env = { PATH: process.env['PATH'] ?? '', ...fixed, ...environment };
  const child = spawn(process.execPath, ['--conditions=@org/source', main], { env });
  started.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const ready = async (): Promise<Record<string, string>> => {
    const line = (): string | undefined => output.split('\n').find((text) => text.includes('"msg":"ready"'));
    await expect.poll(line, { timeout: 50_000 }).toBeDefined();
    return JSON.parse(line()!) as Record<string, string>;
  };
  return { child, output: () => output, code, ready };
}

it('prints an admin key at its first start, which works, and none at the next', async () => {
  const first = start({});
  const { http } = await first.ready();
  const { adminKey } = JSON.parse(first.output().split('\n')[0]!) as { adminKey: string };
  const response = await fetch(`http://${http}/flags.v1.AccessService/ListProjects`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${adminKey}` },
    body: '{}',
  });
  expect(response.status).toBe(200);
  first.child.kill('SIGTERM');
  expect(await first.code).toBe(0);
  const second = start({});
  await second.ready();
  second.child.kill('SIGINT');
  expect(await second.code).toBe(0);
  expect(second.output()).not.toContain('flags_p_');
});

it('prints no key that it was given', async () => {
  const run = start({ FLAGS_DATA_DIR: join(folder, 'given'), FLAGS_BOOTSTRAP_ADMIN_KEY: bootstrapKey });
  await run.ready();
  run.child.kill('SIGTERM');
  expect(await run.code).toBe(0);
  expect(run.output()).not.toContain(bootstrapKey);
});

it('stops at once at a second signal', async () => {
  const run = start({ FLAGS_SHUTDOWN_GRACE_MS: '600000', FLAGS_DATA_DIR: join(folder, 'twice') });
  const { http } = await run.ready();
  // A request that never ends keeps the first signal waiting.
  const hanging = fetch(`http://${http}/v1/beacon`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(10)) }),
    duplex: 'half',
  }).catch(() => undefined);
  const busy = async (): Promise<string> => (await fetch(`http://${http}/metrics`)).text();
  await expect.poll(busy).toContain('flags_request_body_bytes 10');
  run.child.kill('SIGTERM');
  await expect.poll(run.output).toContain('"msg":"stopping"');
  run.child.kill('SIGTERM');
  expect(await run.code).toBe(1);
  await hanging;
});

it('refuses a bad setting by name and rule, and an address that is taken', async () => {
  const bad = start({ FLAGS_CALLS_MAX: 'many', FLAGS_LOG_LEVEL: 'loud' });
  expect(await bad.code).toBe(1);
  expect(bad.output()).toMatch(/^FLAGS_LOG_LEVEL .*\nFLAGS_CALLS_MAX must be a whole number\n$/);
  const first = start({ FLAGS_DATA_DIR: join(folder, 'first') });
  const { http } = await first.ready();
  const second = start({ FLAGS_DATA_DIR: join(folder, 'second'), FLAGS_HTTP_ADDRESS: http! });
  expect(await second.code).toBe(1);
  expect(second.output()).toContain('EADDRINUSE');
});
