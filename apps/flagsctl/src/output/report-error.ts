// Tells what went wrong: a message and every finding on stderr, and an exit code. A stack is shown of defects only.
import {
  AdminError,
  AlreadyExistsError,
  ConflictError,
  InvalidError,
  NotFoundError,
  PermissionError,
  UnavailableError,
  type FieldViolation,
} from '@org/flags-admin';
import { CliError, exitCodes, type ExitName } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { oneLine, printable } from './printable.ts';

const exits: readonly (readonly [new (...args: never[]) => AdminError, ExitName])[] = [
  [NotFoundError, 'notFound'],
  [AlreadyExistsError, 'conflict'],
  [ConflictError, 'conflict'],
  [PermissionError, 'denied'],
  [UnavailableError, 'unavailable'],
  [InvalidError, 'invalid'],
];

/** Prints the error and answers with the exit code. */
export function reportError(error: unknown, io: Io, isJson: boolean): number {
  const exit = exitOf(error);
  const { code } = exitCodes[exit];
  if (isJson) io.stderr(`${JSON.stringify({ error: describe(error), exitCode: code }, undefined, 2)}\n`);
  else io.stderr(printable(linesOf(error).join('\n') + '\n'));
  return code;
}

function exitOf(error: unknown): ExitName {
  if (error instanceof CliError) return error.exit;
  if (error instanceof AdminError && error.reason === 'APPROVAL_REQUIRED') return 'approval';
  // A change of what is not there is one finding of its commit.
  if (error instanceof InvalidError && isMissing(error)) return 'notFound';
  return exits.find(([type]) => error instanceof type)?.[1] ?? 'failure';
}

const isMissing = ({ violations }: InvalidError): boolean =>
  violations.length > 0 && violations.every(({ rule }) => rule === 'not_found');

function describe(error: unknown): object {
  if (error instanceof CliError && error.findings.length > 0)
    return { message: error.message, findings: error.findings };
  if (!(error instanceof AdminError)) return { message: messageOf(error) };
  const { message, reason, requestId, metadata } = error;
  return {
    message,
    reason,
    ...(requestId === undefined ? {} : { requestId }),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    ...(error instanceof InvalidError ? { violations: error.violations } : {}),
    ...(error instanceof ConflictError ? { currentRevision: error.currentRevision } : {}),
    ...(error instanceof UnavailableError && error.retryAfterMs !== undefined
      ? { retryAfterMs: error.retryAfterMs }
      : {}),
  };
}

function linesOf(error: unknown): readonly string[] {
  if (!(error instanceof AdminError) && !(error instanceof CliError)) {
    return [`flagsctl: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
  }
  const lines = [`flagsctl: ${oneLine(error.message)}`];
  if (error instanceof CliError) lines.push(...error.findings.map((finding) => `  ${oneLine(finding)}`));
  if (error instanceof InvalidError) lines.push(...error.violations.map(lineOf));
  if (error instanceof ConflictError) {
    const { kind, key } = error.metadata;
    const what = kind === undefined || key === undefined ? 'the environment' : `${kind} "${oneLine(key)}"`;
    lines.push(`  ${what} is at revision ${error.currentRevision} now`);
  }
  if (error instanceof AdminError && error.requestId !== undefined)
    lines.push(`  request ${error.requestId}`);
  return lines;
}

const lineOf = ({ kind, key, path, field, rule, message }: FieldViolation): string => {
  const place = kind === undefined ? field : `${kind} "${key}"${path ? ` ${path}` : ''}`;
  return `  ${oneLine(`${place}: ${message} (${rule})`)}`;
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
