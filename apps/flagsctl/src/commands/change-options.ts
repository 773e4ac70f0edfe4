// The options that every command shares which changes something.
import type { ChangeOptions, CommitOptions } from '@org/flags-admin';
import type { Command } from 'commander';
import { wholeNumber } from '../input/read-options.ts';

export interface ChangeFlags {
  readonly reason?: string;
  readonly idempotencyKey?: string;
}

export interface CommitFlags extends ChangeFlags {
  readonly expect?: number;
  readonly dryRun?: boolean;
}

export const withChangeOptions = (command: Command): Command =>
  command
    .option('-m, --reason <text>', 'why, for the history')
    .option('--idempotency-key <text>', 'makes a retry of the whole command safe');

export const withCommitOptions = (command: Command): Command =>
  withChangeOptions(command)
    .option(
      '--expect <revision>',
      'refuse when the document is at another revision; 0: when it exists',
      wholeNumber,
    )
    .option('--dry-run', 'validate and show what would change; commit nothing');

export const changeOptionsOf = ({ reason, idempotencyKey }: ChangeFlags): ChangeOptions => ({
  ...(reason === undefined ? {} : { reason }),
  ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
});

export const commitOptionsOf = (flags: CommitFlags): CommitOptions => ({
  ...changeOptionsOf(flags),
  ...(flags.dryRun === undefined ? {} : { dryRun: flags.dryRun }),
});
