// The file that names the sources (FLAGS_SOURCES_FILE), written by whoever runs the core. Read once, at the start; a mistake
// in it keeps the core from starting.
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { pathText } from '@org/contract/schema';
import { readText } from '@org/files';
import type { SourceSettings } from './source.ts';

export const sourcesMax = 100;

const shared = {
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, - and _'),
  environment: z.string().regex(/^[^/]+\/[^/]+$/, 'must be project/environment'),
  prune: z.boolean().default(true),
};
const refused = z.enum(['refuse']).default('refuse');
const every = (seconds: number) => z.number().min(0.1).max(86_400).default(seconds);
const address = z.string().max(2_000);

const source = z.discriminatedUnion('type', [
  z.strictObject({
    ...shared,
    type: z.literal('directory'),
    path: z.string().min(1),
    edits: z.enum(['refuse', 'write_back']).default('refuse'),
    pollSeconds: every(5),
  }),
  z.strictObject({
    ...shared,
    type: z.literal('git'),
    // Whatever else Git could run stands in no URL.
    url: address.regex(
      /^(https?:\/\/|ssh:\/\/|file:\/\/|git@)/,
      'must be https://, ssh://, file:// or git@…',
    ),
    branch: z
      .string()
      .regex(/^[A-Za-z0-9][\w./-]{0,200}$/, 'must be the name of a branch')
      .default('main'),
    path: z
      .string()
      .regex(/^(?!\/)(?!.*\.\.)[^\0:]*$/, 'must be a folder within the repository')
      .default(''),
    edits: refused,
    pollSeconds: every(30),
  }),
  z.strictObject({
    ...shared,
    type: z.literal('http'),
    url: address.regex(/^https?:\/\/[^@]*$/, 'must be https:// or http://, without credentials'),
    tokenFile: z.string().min(1).optional(),
    edits: refused,
    pollSeconds: every(10),
  }),
]);

const fileSchema = z.strictObject({
  sources: z
    .array(source)
    .max(sourcesMax)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'names must differ'),
});

/** The sources of a file; relative folders are relative to it. @throws on a file that cannot be used, with every place */
export async function readSourceSettings(path: string): Promise<readonly SourceSettings[]> {
  const read = readText(await readFile(path, 'utf8'), path.endsWith('.json'));
  const say = (line: number, column: number, message: string): string =>
    `${path}:${line}:${column}: ${message}`;
  if (read.problems.length > 0)
    throw new Error(read.problems.map(({ line, column, message }) => say(line, column, message)).join('\n'));
  const parsed = fileSchema.safeParse(read.value);
  if (!parsed.success)
    throw new Error(
      parsed.error.issues
        .map((issue) => {
          const { line, column } = read.place(issue.path as (string | number)[]);
          return say(line, column, `${pathText(issue.path)} ${issue.message}`);
        })
        .join('\n'),
    );
  const base = dirname(resolve(path));
  return parsed.data.sources.map((each) => ({
    ...each,
    ...(each.type === 'directory' && { path: resolve(base, each.path) }),
    ...(each.type === 'http' && each.tokenFile !== undefined && { tokenFile: resolve(base, each.tokenFile) }),
  }));
}
