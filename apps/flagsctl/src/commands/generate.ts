// flagsctl codegen and manifest: what other programs are built from.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { manifestOf } from '../codegen/manifest.ts';
import { sdks, typescriptOf, type SdkName } from '../codegen/typescript.ts';
import { readFlags } from '../definition.ts';
import { CliError } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { act, type Session } from '../session.ts';

interface OutputFlags {
  readonly file?: string;
  readonly output?: string;
  readonly check?: boolean;
}

const withOutput = (command: Command): Command =>
  command
    .option('-f, --file <file>', 'flags of a file that `env export` wrote, instead of the environment')
    .option('-o, --output <file>', 'write there instead of stdout')
    .option('--check', 'write nothing; end with 8 when --output is not what would be written');

export function addGenerateCommands(program: Command, io: Io): void {
  const codegen = program.command('codegen').description('make code from flags');
  withOutput(codegen.command('typescript').description('typed accessors for TypeScript'))
    .addOption(
      new Option('--sdk <name>', 'whose client they take').choices(Object.keys(sdks)).default('node'),
    )
    .action(
      act<OutputFlags & { sdk: SdkName }>(io, async (session, options) => {
        const flags = await readFlags(session, options.file);
        deliver(session, typescriptOf(flags, options.sdk), options);
      }),
    );
  withOutput(program.command('manifest').description("OpenFeature's flag manifest, for its CLI")).action(
    act<OutputFlags>(io, async (session, options) => {
      const manifest = manifestOf(await readFlags(session, options.file));
      deliver(session, `${JSON.stringify(manifest, undefined, 2)}\n`, options);
    }),
  );
}

function deliver(session: Session, text: string, { output, check }: OutputFlags): void {
  if (output === undefined) {
    if (check) throw new CliError('--check needs --output');
    return session.io.stdout(text);
  }
  const path = resolve(session.io.folder, output);
  const present = readIfThere(path);
  if (check && present !== text)
    throw new CliError(`${output} is ${present === undefined ? 'not there' : 'not up to date'}`, 'different');
  const changed = present !== text;
  if (changed && !check) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  session.print({ path: output, changed }, () => [changed ? `wrote ${output}` : `${output} is up to date`]);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CliError(`${path} cannot be read: ${String(error)}`);
  }
}
