// Starts a benchmark in a process of its own, with the arguments of the task.
import { join } from 'node:path';
import { root, run } from './run.ts';

/** Runs tools/bench/<name>.ts and hands its exit code on. */
export async function runBench(name: string): Promise<void> {
  const file = join(root, 'tools', 'bench', `${name}.ts`);
  const { code } = await run(
    process.execPath,
    ['--conditions=@org/source', '--expose-gc', file, ...process.argv.slice(2)],
    { show: true },
  );
  process.exitCode = code;
}
