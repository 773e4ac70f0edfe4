// Runs npm for the build and its tests: makes tarballs and installs them. npm is the one that started this, else the one on PATH.
import { run, type RunResult } from '../lib/run.ts';

/** Runs npm in a folder. Throws with its output when it fails. */
export async function npm(args: readonly string[], cwd: string): Promise<RunResult> {
  const started = process.env['npm_execpath'];
  // npm runs on the Node it belongs to, which need not be the pinned one.
  const result = started?.endsWith('.js')
    ? await run(process.execPath, [started, ...args], { cwd })
    : await run('npm', args, { cwd });
  if (result.code !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${result.output}`);
  return result;
}

/** Packs a folder and returns the tarball's name in `target`. */
export async function packFolder(folder: string, target: string): Promise<string> {
  const { output } = await npm(['pack', '--pack-destination', target, '--json', '--loglevel=error'], folder);
  const [packed] = JSON.parse(output.slice(output.indexOf('['))) as readonly { readonly filename: string }[];
  if (packed === undefined) throw new Error(`npm pack named no tarball:\n${output}`);
  return packed.filename;
}
