// Environment variables and their rules. A problem names the variable and the rule, never the value: it may be a secret.
import { z } from 'zod';
import { logLevels } from './logger.ts';

/** What a process was started with. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a variable breaks its rule. */
export interface VariableProblem {
  readonly variable: string;
  readonly rule: string;
}

/** The values, and the variables that were given (empty ones count as not given); or every problem. */
export type VariablesResult<Rules extends z.ZodRawShape> =
  | { readonly ok: true; readonly values: z.infer<z.ZodObject<Rules>>; readonly given: readonly string[] }
  | { readonly ok: false; readonly problems: readonly VariableProblem[] };

/** Reads the variables that have a rule. */
export function readVariables<Rules extends z.ZodRawShape>(
  rules: Rules,
  environment: Environment,
): VariablesResult<Rules> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = z.object(rules).safeParse(given);
  if (parsed.success) return { ok: true, values: parsed.data, given: Object.keys(given) };
  const problems = parsed.error.issues.map(({ path, message }) => ({
    variable: path.join('.'),
    rule: message,
  }));
  return { ok: false, problems };
}

/** A whole number between bounds. */
export const wholeNumber = (byDefault: number, min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .default(String(byDefault))
    .transform(Number)
    .pipe(z.number().min(min).max(max));

/** Where to listen. */
export const anyAddress = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}$/, 'must be host:port, e.g. 127.0.0.1:7410');

/** Where to listen unless told otherwise. */
export const address = (byDefault: string) => anyAddress.default(byDefault);

/** The host of an address, as it was written. */
export const hostOf = (text: string): string => text.slice(0, text.lastIndexOf(':'));

/** Texts between commas; none by default. */
export const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );

/** Any text, or nothing. */
export const optionalText = z.string().min(1).optional();

/** A shared secret, or nothing. */
export const token = z.string().min(16, 'must have at least 16 characters').optional();

/** How much is logged. */
export const logLevel = z.enum(logLevels).default('info');
