// Serves the pages under test: the built SDK as an application would load it, on `window.sdk`, and beside it the evaluator
// that is inside of it, on `window.evaluator`.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { bundleForWeb, bundleWebSdk } from '@org/flags-web/build';

const page = `<!doctype html><title>test</title><script type="module">
  import * as sdk from '/sdk.js';
  import * as evaluator from '/evaluator.js';
  Object.assign(window, { evaluator, sdk });
</script>`;
const evaluatorEntry = fileURLToPath(import.meta.resolve('@org/evaluator/compact'));

export interface PageServer {
  /** The origin that environments allow. */
  readonly origin: string;
  /** The same pages on another origin. */
  readonly otherOrigin: string;
  close(): Promise<void>;
}

export async function startPageServer(): Promise<PageServer> {
  const scripts = new Map([
    ['/sdk.js', (await bundleWebSdk()).text],
    ['/evaluator.js', (await bundleForWeb(evaluatorEntry)).text],
  ]);
  const server: Server = createServer(({ url = '' }, response) => {
    const script = scripts.get(url);
    response.setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript');
    response.end(script ?? page);
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
