// `npm start`: the whole product on this machine, with a demo project and a sample shop, until Ctrl-C.
import { relative } from 'node:path';
import { startDemo, type Demo } from '../demo/start-demo.ts';
import { openStateFolder } from '../demo/state-folder.ts';

const folder = openStateFolder();
const tell = (line: string): void => console.log(line);
const interrupted = new Promise<'interrupted'>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => resolve('interrupted'));
});

tell('Starting ...');
try {
  const demo = await startDemo(folder, tell);
  describe(demo);
  const reason = await Promise.race([interrupted, demo.failed]);
  tell(
    reason === 'interrupted'
      ? '\nStopping ...'
      : `\nStopping, because ${reason} ended; its log is in ${folder.path}.`,
  );
  await demo.stop();
  process.exitCode = reason === 'interrupted' ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function describe({ addresses, push, seeded, newAdminKey }: Demo): void {
  const keyFile = relative(process.cwd(), folder.file('admin-key'));
  tell(`
  Shop         ${addresses.shop}
  Core         ${addresses.core} (HTTP)   ${addresses.grpc.replace('http://', '')} (gRPC)
  Push         ${push === 'off' ? 'gRPC and HTTP streams; no nats-server is to be had here' : 'NATS, by a nats-server of its own'}
  Data, logs   ${folder.path}
  Admin key    ${newAdminKey === undefined ? `in ${keyFile}` : `${newAdminKey}\n               (shown now only; kept in ${keyFile})`}
`);
  for (const [environment, count] of seeded.committed)
    tell(`  Committed ${count} documents to ${environment}.`);
  if (seeded.committed.size > 0) {
    for (const { path, message } of seeded.findings)
      tell(`  Not taken from the flagd file: ${path}: ${message}`);
  }
  tell(`  Open the shop, then switch a flag off for its service and its page at once:

  curl -sS ${addresses.core}/flags.v1.AdminService/Kill -H "Authorization: Bearer $(cat ${keyFile})" \\
    -H 'Content-Type: application/json' -d '{"environment":"demo/example","flagKey":"new-checkout","reason":"trying it out"}'

  Ctrl-C stops everything.`);
}
