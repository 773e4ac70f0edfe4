// The text files of a checkout: what Git would ignore is left out, so are links, large files and binary ones.
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import createIgnore, { type Ignore } from 'ignore';
import { CliError } from '../exit-codes.ts';

/** A file below the folder; `path` with slashes. */
export interface CheckoutFile {
  readonly path: string;
  readonly text: string;
}

const fileBytesMax = 1024 * 1024;
const filesMax = 200_000;
const depthMax = 64;

/** The rules of one folder, and where they begin. */
interface Rules {
  readonly base: string;
  readonly ignore: Ignore;
}

/** Every text file, in the order of their paths. @throws CliError */
export function* walkCheckout(root: string): Generator<CheckoutFile> {
  let files = 0;
  function* walk(folder: string, rules: readonly Rules[], depth: number): Generator<CheckoutFile> {
    if (depth > depthMax) return;
    const here = [...rules, ...rulesOf(root, folder)];
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true }).sort(byName)) {
      const path = posix.join(folder, entry.name);
      if (entry.name === '.git' || isIgnored(path, entry.isDirectory(), here)) continue;
      if (entry.isDirectory()) yield* walk(path, here, depth + 1);
      else if (entry.isFile()) {
        if (++files > filesMax) throw new CliError(`more than ${filesMax} files: give a smaller folder`);
        const text = readText(join(root, path));
        if (text !== undefined) yield { path, text };
      }
    }
  }
  const found = lstatSync(root, { throwIfNoEntry: false });
  if (!found?.isDirectory()) throw new CliError(`${root} is no folder`, 'usage');
  yield* walk('', [{ base: '', ignore: createIgnore().add(['node_modules/', '.nx/']) }], 0);
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

function rulesOf(root: string, folder: string): readonly Rules[] {
  const path = join(root, folder, '.gitignore');
  const text = lstatSync(path, { throwIfNoEntry: false })?.isFile() ? readText(path) : undefined;
  return text === undefined ? [] : [{ base: folder, ignore: createIgnore().add(text) }];
}

/** As Git does: the rules nearest to the file win. A folder that is ignored is never looked into. */
function isIgnored(path: string, isFolder: boolean, rules: readonly Rules[]): boolean {
  for (const { base, ignore } of rules.toReversed()) {
    const relative = base === '' ? path : path.slice(base.length + 1);
    const { ignored, unignored } = ignore.test(isFolder ? `${relative}/` : relative);
    if (ignored) return true;
    if (unignored) return false;
  }
  return false;
}

function readText(path: string): string | undefined {
  if ((lstatSync(path, { throwIfNoEntry: false })?.size ?? Infinity) > fileBytesMax) return undefined;
  const text = readFileSync(path, 'utf8');
  return text.includes('\0') ? undefined : text;
}
