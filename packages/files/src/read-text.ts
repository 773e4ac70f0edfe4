// YAML 1.2, of which JSON is a part, as plain JSON with the place of every value. For text that nobody has checked: bounded in
// size, depth and aliases; refuses what JSON cannot hold. Never throws.
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type Pair,
  type Scalar,
} from 'yaml';
import type { JsonObject, JsonValue } from '@org/contract/model';
import { fileLimits, type Place } from './file-problem.ts';

/** A finding about the text. */
export interface TextProblem extends Place {
  readonly rule: string;
  readonly message: string;
}

/** A text, read. */
export interface ReadText {
  /** Undefined when there is a problem. */
  readonly value: JsonValue | undefined;
  readonly problems: readonly TextProblem[];
  /** The place of what is at the steps, or of the nearest that holds it. */
  place(steps: readonly (string | number)[]): Place;
}

const nowhere: Place = { line: 0, column: 0 };
const start: Place = { line: 1, column: 1 };

/** Reads a text; `isJson`: it must be JSON besides. */
export function readText(text: string, isJson = false): ReadText {
  const fail = (problem: TextProblem): ReadText => ({
    value: undefined,
    problems: [problem],
    place: () => nowhere,
  });
  // A character of UTF-16 has one to three bytes of UTF-8.
  if (text.length > fileLimits.fileBytesMax)
    return fail({ ...start, rule: 'max_bytes', message: `At most ${fileLimits.fileBytesMax} bytes.` });
  const deep = tooDeep(text);
  if (deep !== undefined)
    return fail({ ...deep, rule: 'max_depth', message: `Nested deeper than ${fileLimits.depthMax} levels.` });
  const lines = new LineCounter();
  try {
    // Keys that stand twice are looked for below: the parser would compare each key with each.
    const document = parseDocument(text, {
      ...{ uniqueKeys: false, stringKeys: true, prettyErrors: false, lineCounter: lines },
      ...{ version: '1.2', schema: 'core', merge: false },
    });
    return new Reader(document, lines).read(isJson ? jsonProblem(text) : undefined);
  } catch (error) {
    const message = error instanceof RangeError ? 'Nested too deep.' : 'This is no YAML that can be read.';
    return fail({ ...start, rule: 'yaml', message });
  }
}

/** Brackets in texts are counted, too: nobody opens so many without closing them. */
function tooDeep(text: string): Place | undefined {
  const openMax = 4 * fileLimits.depthMax;
  let [open, line, lineStart] = [0, 1, 0];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 10) [line, lineStart] = [line + 1, index + 1];
    else if (code === 0x5b || code === 0x7b) open += 1;
    else if ((code === 0x5d || code === 0x7d) && open > 0) open -= 1;
    if (open > openMax) return { line, column: index - lineStart + 1 };
  }
  return undefined;
}

function jsonProblem(text: string): TextProblem | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const message = (error as Error).message;
    const position = Number(/position (\d+)/.exec(message)?.[1] ?? text.length);
    const before = text.slice(0, position);
    const line = before.split('\n').length;
    const column = position - (before.lastIndexOf('\n') + 1) + 1;
    return { line, column, rule: 'json', message: `This is no JSON: ${message.slice(0, 200)}.` };
  }
}

class Reader {
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  readonly #problems: TextProblem[] = [];
  readonly #anchors = new Map<string, Node>();
  readonly #open = new Set<Node>();
  #left: number = fileLimits.nodesMax;

  constructor(document: Document.Parsed, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  read(first: TextProblem | undefined): ReadText {
    for (const { pos, message, code } of [...this.#document.errors, ...this.#document.warnings]) {
      const rule = code === 'MULTIPLE_DOCS' ? 'one_document' : 'yaml';
      this.#problems.push({
        ...this.#at(pos[0]),
        rule,
        message: `${(message.split('\n')[0] ?? '').replace(/\.$/, '')}.`,
      });
      if (this.#problems.length >= fileLimits.problemsMax) break;
    }
    // Of JSON, what the JSON parser says is what people know.
    if (first !== undefined) this.#problems.splice(0, Infinity, first);
    const value = this.#problems.length === 0 ? this.#value(this.#document.contents, 0) : undefined;
    const problems = this.#problems;
    return {
      value: problems.length === 0 ? value : undefined,
      problems,
      place: (steps) => this.#place(steps),
    };
  }

  #at(offset: number | undefined): Place {
    if (offset === undefined) return nowhere;
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }

  #report(node: unknown, rule: string, message: string): null {
    if (this.#problems.length < fileLimits.problemsMax)
      this.#problems.push({ ...this.#at((node as Node | undefined)?.range?.[0]), rule, message });
    return null;
  }

  #value(node: unknown, depth: number): JsonValue {
    if (node === null || node === undefined) return null;
    if (this.#left <= 0) return null;
    this.#left -= 1;
    if (this.#left === 0)
      return this.#report(node, 'max_nodes', `More than ${fileLimits.nodesMax} values, aliases written out.`);
    if (depth > fileLimits.depthMax)
      return this.#report(node, 'max_depth', `Nested deeper than ${fileLimits.depthMax} levels.`);
    if (isAlias(node)) return this.#alias(node as Node & { source: string }, depth);
    const anchored = node as Node & { anchor?: string };
    if (anchored.anchor !== undefined) this.#anchors.set(anchored.anchor, anchored);
    if (isScalar(node)) return this.#scalar(node);
    if (!isMap(node) && !isSeq(node)) return this.#report(node, 'json', 'JSON cannot hold this.');
    this.#open.add(node);
    const value = isMap(node)
      ? this.#map(node.items, depth)
      : node.items.map((item) => this.#value(item, depth + 1));
    this.#open.delete(node);
    return value;
  }

  #alias(alias: Node & { source: string }, depth: number): JsonValue {
    const source = this.#anchors.get(alias.source);
    if (source === undefined)
      return this.#report(
        alias,
        'unknown_anchor',
        `There is no anchor "${alias.source.slice(0, 100)}" before this.`,
      );
    if (this.#open.has(source))
      return this.#report(alias, 'anchor_loop', `The anchor "${alias.source.slice(0, 100)}" holds itself.`);
    return this.#value(source, depth);
  }

  #map(items: readonly Pair[], depth: number): JsonObject {
    const members = new Map<string, JsonValue>();
    for (const { key, value } of items) {
      const name = isScalar(key) ? key.value : key;
      if (typeof name !== 'string') {
        this.#report(key ?? value, 'text_key', 'The names of members are texts.');
      } else if (members.has(name)) {
        this.#report(key, 'duplicate_key', `"${name.slice(0, 100)}" stands here twice.`);
      } else if (name === '__proto__') {
        this.#report(key, 'plain_object', 'A member may not be named "__proto__".');
      } else {
        members.set(name, this.#value(value, depth + 1));
      }
    }
    return Object.fromEntries(members);
  }

  #scalar(node: Scalar): JsonValue {
    const { value } = node;
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
    if (typeof value !== 'number') return this.#report(node, 'json', 'JSON cannot hold this.');
    if (!Number.isFinite(value)) return this.#report(node, 'finite', 'Numbers must be finite.');
    if (Number.isInteger(value) && !Number.isSafeInteger(value) && /^[-+]?\d+$/.test(node.source ?? ''))
      return this.#report(node, 'safe_integer', 'Whole numbers beyond 2^53 lose digits; write it as text.');
    return value;
  }

  #place(steps: readonly (string | number)[]): Place {
    let node: unknown = this.#document.contents;
    let found = (node as Node | null)?.range?.[0];
    for (const step of steps) {
      if (isAlias(node)) node = this.#anchors.get(node.source);
      const [next, offset] = childOf(node, step);
      if (offset === undefined) break;
      [node, found] = [next, offset];
    }
    return this.#at(found);
  }
}

/** The child and where it stands: a member at its name, unless it is one value. */
function childOf(node: unknown, step: string | number): readonly [unknown, number | undefined] {
  if (isSeq(node)) {
    const item = typeof step === 'number' ? (node.items[step] as Node | undefined) : undefined;
    return [item, item?.range?.[0]];
  }
  if (!isMap(node)) return [undefined, undefined];
  const pair = (node.items as readonly Pair[]).find(
    ({ key }) => (isScalar(key) ? key.value : key) === String(step),
  );
  if (pair === undefined) return [undefined, undefined];
  const [key, value] = [pair.key as Node | null, pair.value as Node | null];
  const isPlain = isScalar(value) && value.range !== undefined;
  return [value, (isPlain ? value : key)?.range?.[0]];
}
