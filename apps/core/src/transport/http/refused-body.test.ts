// A request that is refused before its body was read: the client gets to see the answer, and the server reads no more than
// a bounded rest.
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startFixture } from '../../testing/transport-fixture.ts';
import type { Fixture } from '../../testing/transport-fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.close());

const head = (bytes: number): string =>
  `POST /flags.v1.FlagService/Evaluate HTTP/1.1\r\nhost: core\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`;

interface Conversation {
  readonly socket: Socket;
  readonly ended: Promise<'closed in order' | 'reset'>;
}

/** Announces a body and waits for the refusal. */
async function refused(bytes: number): Promise<Conversation> {
  const socket = connect(Number(new URL(fixture.httpUrl).port), '127.0.0.1');
  const ended = new Promise<'closed in order' | 'reset'>((resolve) => {
    socket.on('error', () => resolve('reset'));
    socket.on('end', () => resolve('closed in order'));
  });
  socket.write(head(bytes));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 401 [\s\S]*connection: close[\s\S]*"unauthenticated"/i);
  return { socket, ended };
}

const write = (socket: Socket, bytes: number): Promise<void> =>
  new Promise((resolve) => socket.write(Buffer.alloc(bytes, 0x20), () => resolve()));

it('reads the rest of the body before it closes, so that the answer is not lost', async () => {
  const { socket, ended } = await refused(500_000);
  for (let sent = 0; sent < 500_000; sent += 50_000) await write(socket, 50_000);
  expect(await ended).toBe('closed in order');
  socket.destroy();
});

it('closes when the rest does not come', async () => {
  const { socket, ended } = await refused(500_000);
  expect(await ended).toBe('closed in order');
  socket.destroy();
});

it('cuts off a client that goes on and on', async () => {
  const { socket, ended } = await refused(1_073_741_824);
  let over = false;
  void ended.then(() => (over = true));
  while (!over) await write(socket, 65_536);
  expect(await ended).toBe('reset');
});
