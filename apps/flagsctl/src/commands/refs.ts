// flagsctl refs: where a checkout mentions the environment's flags.
import type { Command } from 'commander';
import { readFlags } from '../definition.ts';
import { CliError } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { oneLine } from '../output/printable.ts';
import { findReferences, type References } from '../refs/find-references.ts';
import { act, type Session } from '../session.ts';

interface RefsFlags {
  readonly file?: string;
  readonly check?: boolean;
}

export function addRefsCommand(program: Command, io: Io): void {
  program
    .command('refs <folder>')
    .description('where a checkout mentions flags, which flags it does not mention, and unknown keys')
    .option('-f, --file <file>', 'flags of a file that `env export` wrote, instead of the environment')
    .option('--check', 'end with 8 when code asks for keys that are no flags')
    .action(act<RefsFlags>(io, showReferences));
}

async function showReferences(session: Session, { file, check }: RefsFlags, folder = '.'): Promise<void> {
  const found = await findReferences(folder, await readFlags(session, file), session.io);
  session.print(found, () => linesOf(found));
  if (check && found.unknown.length > 0)
    throw new CliError(`${found.unknown.length} place(s) ask for unknown keys`, 'different');
}

function linesOf({ references, unreferenced, unknown, filesScanned }: References): readonly string[] {
  const keys = [...new Set(references.map(({ key }) => key))].sort();
  return [
    ...keys.flatMap((key) => [
      key,
      ...references
        .filter((reference) => reference.key === key)
        .map(({ file, line, text }) => `  ${file}:${line}: ${oneLine(text)}`),
    ]),
    ...section('flags that nothing mentions:', unreferenced),
    ...section(
      'keys that are no flags:',
      unknown.map(({ key, file, line, text }) => `${key}  ${file}:${line}: ${oneLine(text)}`),
    ),
    `${references.length} reference(s) in ${filesScanned} file(s)`,
  ];
}

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
