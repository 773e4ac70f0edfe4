// A link to a server that a test can cut (connections break, new ones are refused) or freeze (nothing gets through, and
// nobody is told).
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

export interface Link {
  readonly port: number;
  cut(): void;
  freeze(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function openLink(target: { readonly host: string; readonly port: number }): Promise<Link> {
  let state: 'whole' | 'cut' | 'frozen' = 'whole';
  const sockets = new Set<Socket>();
  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    return socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    track(near);
    if (state === 'cut') {
      near.destroy();
      return;
    }
    const far = track(connect(target));
    const pass = (from: Socket, to: Socket): void => {
      from.on('data', (bytes) => {
        if (state === 'whole') to.write(bytes);
      });
      from.on('close', () => to.destroy());
    };
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const breakAll = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      state = 'cut';
      breakAll();
    },
    freeze() {
      state = 'frozen';
    },
    mend() {
      // What was sent into a frozen link is lost: its connections are of no use any more.
      if (state === 'frozen') breakAll();
      state = 'whole';
    },
    close: () => {
      breakAll();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
