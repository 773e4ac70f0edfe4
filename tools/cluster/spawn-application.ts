// Starts an application of this repository as a real process and waits until it says that it is ready. Inherits nothing of
// the environment but what finds programs.
import { join } from 'node:path';
import { repositoryRoot } from '../services/cache.ts';
import { spawnService, waitUntil, type ServiceProcess } from '../services/service-process.ts';

const readyMsMax = 90_000;

/** APPLICATION_NODE_OPTIONS, say `--cpu-prof --cpu-prof-dir=…`: how applications are profiled where a benchmark starts them. */
const profiling = (): Readonly<Record<string, string>> => {
  const options = process.env['APPLICATION_NODE_OPTIONS'];
  return options === undefined ? {} : { NODE_OPTIONS: options };
};

/**
 * Starts `apps/<name>/src/main.ts` with these variables.
 * @throws Error with the last lines it logged when it ends before it is ready.
 */
export async function spawnApplication(
  name: 'analytics' | 'core',
  environment: Readonly<Record<string, string>>,
): Promise<ServiceProcess> {
  let ready = false;
  const service = spawnService({
    command: process.execPath,
    args: ['--conditions=@org/source', join(repositoryRoot, 'apps', name, 'src/main.ts')],
    cwd: repositoryRoot,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...profiling(), ...environment },
    onLine: (line) => void (ready ||= line.includes('"msg":"ready"')),
  });
  await waitUntil(`${name} being ready`, () => ready || !service.isRunning(), { timeoutMs: readyMsMax });
  if (ready) return service;
  throw new Error(`${name} did not start: ${service.output().slice(-4_000)}`);
}
