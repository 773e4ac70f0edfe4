// Reads YAML and JSON of files and stdin, which nobody has checked yet: bounded in size, depth and aliases; a key that
// stands twice is refused, and so is everything that JSON could not hold.
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseDocument, type YAMLError } from 'yaml';
import { CliError } from '../exit-codes.ts';
import type { Io } from '../io.ts';

const bytesMax = 8 * 1024 * 1024;
const depthMax = 100;
/** Enough for anchors that people write; a bomb needs millions. */
const aliasesMax = 100;
const tooDeep = 'it is nested too deep';

/** The contents of a file, or of stdin for "-". @throws CliError */
export async function readData(path: string, io: Io): Promise<unknown> {
  const name = path === '-' ? 'stdin' : path;
  const text = await (path === '-' ? io.readStdin(bytesMax) : readText(resolve(io.folder, path)));
  return parseData(text, name);
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > bytesMax) throw new CliError(`${path} is larger than ${bytesMax} bytes`);
    return await readFile(path, 'utf8');
  } catch (error) {
    throw error instanceof CliError ? error : new CliError(`${path} cannot be read: ${String(error)}`);
  }
}

/** Parses YAML 1.2, of which JSON is a part. @throws CliError, which names line and column */
export function parseData(text: string, name: string): unknown {
  try {
    const document = parseDocument(text, { uniqueKeys: true, stringKeys: true, prettyErrors: true });
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw new CliError(`${name}: ${sentenceOf(problem)}`);
    const value: unknown = document.toJS({ maxAliasCount: aliasesMax });
    checkPlain(value, name, 0);
    return value;
  } catch (error) {
    if (error instanceof CliError) throw error;
    // The stack ran out, or an alias went too far.
    const reason = error instanceof RangeError ? tooDeep : (error as Error).message;
    throw new CliError(`${name}: ${reason}`, 'usage', { cause: error });
  }
}

const sentenceOf = ({ message, linePos }: YAMLError): string => {
  if (message.includes('call stack')) return tooDeep;
  const [first = message] = message.split('\n');
  return linePos && !first.includes('line') ? `${first} at line ${linePos[0].line}` : first.replace(/:$/, '');
};

/** JSON has no infinities, no dates, no maps with other keys than texts. */
function checkPlain(value: unknown, name: string, depth: number): void {
  if (depth > depthMax) throw new CliError(`${name}: it is nested deeper than ${depthMax} levels`);
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new CliError(`${name}: ${value} is no number that JSON can hold`);
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return;
  if (Array.isArray(value)) {
    for (const item of value) checkPlain(item, name, depth + 1);
    return;
  }
  const isPlain = typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain) throw new CliError(`${name}: it holds something that JSON cannot hold`);
  for (const item of Object.values(value)) checkPlain(item, name, depth + 1);
}

/** @throws CliError when the value is no object */
export function objectOf(value: unknown, name: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new CliError(`${name}: an object is expected`);
}
