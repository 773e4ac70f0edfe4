// Serves the pages under test: the built SDK as an application would load it, on `window.sdk`.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bundleWebSdk } from '@org/flags-web/build';

const page = `<!doctype html><title>test</title><script type="module">
  import * as sdk from '/sdk.js';
  window.sdk = sdk;
</script>`;

export interface PageServer {
  /** The origin that environments allow. */
  readonly origin: string;
  /** The same pages on another origin. */
  readonly otherOrigin: string;
  close(): Promise<void>;
}

export async function startPageServer(): Promise<PageServer> {
  const { text } = await bundleWebSdk();
  const server: Server = createServer((request, response) => {
    const script = request.url === '/sdk.js';
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
    response.end(script ? text : page);
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${String(port)}`,
    otherOrigin: `http://localhost:${String(port)}`,
    close: () =>
      new Promise((settle) => {
        server.close(() => settle());
        server.closeAllConnections();
      }),
  };
}
