// The evaluation context of a command line: a document, single attributes, or both.
import type { EvaluationContext } from '@org/flags-admin';
import { CliError } from '../exit-codes.ts';
import { objectOf, parseData, readData } from '../input/read-data.ts';
import { valueOf } from '../input/read-options.ts';
import type { Io } from '../io.ts';

export interface ContextFlags {
  readonly context?: string;
  readonly contextFile?: string;
  readonly targetingKey?: string;
  readonly attribute?: readonly (readonly [string, string])[];
}

/** @throws CliError */
export async function contextOf(options: ContextFlags, io: Io): Promise<EvaluationContext> {
  const { context, contextFile, targetingKey, attribute = [] } = options;
  if (context !== undefined && contextFile !== undefined)
    throw new CliError('--context and --context-file exclude each other');
  const base =
    context !== undefined
      ? objectOf(parseData(context, '--context'), '--context')
      : contextFile !== undefined
        ? objectOf(await readData(contextFile, io), contextFile)
        : {};
  return Object.fromEntries([
    ...Object.entries(base),
    ...(targetingKey === undefined ? [] : [['targetingKey', targetingKey]]),
    ...attribute.map(([name, text]) => [name, valueOf(text)]),
  ]) as EvaluationContext;
}
