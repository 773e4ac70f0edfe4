// The command reference as Markdown, made of the commands themselves, for docs/flagsctl.md.
import type { Command } from 'commander';
import { exitCodes } from './exit-codes.ts';

/** A row for each command with its options. */
export function commandReference(program: Command): string {
  const lines = program.commands.flatMap((command) => linesOf(command, ''));
  return lines.join('\n');
}

function linesOf(command: Command, path: string): readonly string[] {
  const words = `${path} ${command.name()}`.trim();
  if (command.commands.length > 0)
    return [
      ...(path === '' ? ['', `### ${words}`, '', capital(command.description()), ''] : []),
      ...command.commands.flatMap((each) => linesOf(each, words)),
    ];
  const args = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  );
  const usage = [words, ...args].join(' ');
  const head = path === '' ? ['', `### ${words}`, ''] : [];
  const options = command.options.map(
    ({ flags, description }) => `  - \`${flags}\`${description ? `: ${description}` : ''}`,
  );
  return [...head, `- \`flagsctl ${usage}\`: ${command.description()}`, ...options];
}

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;

/** The exit codes as a table. */
export const exitCodeReference = (): string =>
  [
    '| exit code | meaning |',
    '|---|---|',
    ...Object.values(exitCodes).map(({ code, meaning }) => `| ${code} | ${meaning} |`),
  ].join('\n');
