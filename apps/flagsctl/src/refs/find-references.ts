// Where a checkout mentions flags, which flags it does not mention, and which keys it asks for that are no flags.
import { resolve } from 'node:path';
import { accessorNames } from '../codegen/names.ts';
import { generatedMark } from '../codegen/typescript.ts';
import type { NamedFlag } from '../definition.ts';
import type { Io } from '../io.ts';
import { scanText, type FoundKey, type Place } from './scan-text.ts';
import { walkCheckout, type CheckoutFile } from './walk-checkout.ts';

export interface Reference extends FoundKey {
  readonly file: string;
}

export interface References {
  readonly references: readonly Reference[];
  /** Flags that the checkout does not mention. */
  readonly unreferenced: readonly string[];
  /** Keys that an SDK is asked for and that are no flags. */
  readonly unknown: readonly (Place & { readonly key: string; readonly file: string })[];
  readonly filesScanned: number;
}

/** Generated modules name every flag: they lend their accessors, and count as no reference. @throws CliError */
export async function findReferences(
  folder: string,
  flags: readonly NamedFlag[],
  io: Io,
): Promise<References> {
  const keys = new Set(flags.map(({ key }) => key));
  const root = resolve(io.folder, folder);
  const isGenerated = ({ text }: CheckoutFile): boolean => text.startsWith(generatedMark);
  const names = accessorNames([...keys]);
  // Two walks: a module may stand behind the files that use it, and holding a whole checkout takes memory.
  const hasModule = some(walkCheckout(root), isGenerated);
  const accessors = new Map(hasModule ? [...names].map(([key, name]) => [name, key]) : []);
  const references: Reference[] = [];
  const unknown: References['unknown'][number][] = [];
  let filesScanned = 0;
  for (const file of walkCheckout(root)) {
    if (isGenerated(file)) continue;
    filesScanned += 1;
    const scanned = scanText(file.text, { keys, accessors });
    references.push(...scanned.found.map((found) => ({ file: file.path, ...found })));
    unknown.push(...scanned.unknown.map((found) => ({ file: file.path, ...found })));
  }
  const mentioned = new Set(references.map(({ key }) => key));
  return { references, unreferenced: [...keys].filter((key) => !mentioned.has(key)), unknown, filesScanned };
}

function some<T>(items: Iterable<T>, test: (item: T) => boolean): boolean {
  for (const item of items) if (test(item)) return true;
  return false;
}
