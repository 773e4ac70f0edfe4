// The client never keeps its host's process alive, and never ends it: a process that forgets close() still ends.
import { spawn } from 'node:child_process';
import net, { type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { booleanFlag, startFakeCore } from './testing/fake-core.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const application = fileURLToPath(new URL('./testing/forgetful-application.ts', import.meta.url));

/** Runs the application to its own end; the test's limit is the limit. */
const run = (
  url: string,
  timeoutMs: number,
): Promise<{ readonly code: number | null; readonly output: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ['--conditions=@org/source', application, url, String(timeoutMs)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    cleanUps.push(() => child.kill('SIGKILL'));
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('close', (code) => resolve({ code, output }));
  });

describe('a process that never closes its client', () => {
  it('ends although a stream to the core is open', async () => {
    const core = await startFakeCore();
    cleanUps.push(() => core.stop());
    core.commit({ 'flag/a': booleanFlag(true) });
    expect(await run(core.url, 20_000)).toEqual({ code: 0, output: 'READY flushed' });
  });

  it('ends although the client goes on looking for a core', async () => {
    expect(await run('http://127.0.0.1:1', 50)).toEqual({ code: 0, output: 'NOT_READY flushed' });
  });

  it('ends although the core accepts and says nothing', async () => {
    const sockets: net.Socket[] = [];
    const server = net.createServer((socket) => sockets.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanUps.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await run(url, 50)).toEqual({ code: 0, output: 'NOT_READY flushed' });
  });
});
