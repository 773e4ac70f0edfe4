// One run of the command line, from its words to its exit code. Must never end the process by itself.
import { CommanderError } from 'commander';
import { exitCodes } from './exit-codes.ts';
import type { Io } from './io.ts';
import { reportError } from './output/report-error.ts';
import { createProgram } from './program.ts';

/** Runs the words after the program's name; resolves with the exit code and never rejects. */
export async function run(words: readonly string[], io: Io): Promise<number> {
  const program = createProgram(io);
  try {
    await program.parseAsync([...words], { from: 'user' });
    return exitCodes.ok.code;
  } catch (error) {
    // Commander has said what is wrong, or printed what was asked for.
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? exitCodes.ok.code : exitCodes.usage.code;
    return reportError(error, io, words.includes('--json'));
  }
}
