// Reads a pattern of the portable subset (docs/spec/evaluation.md): what RE2, JavaScript, Java, Python, Go and Rust take
// to mean the same. Everything else is refused, whatever one of them makes of it.
import { anyChar, complement, digits, oneChar, union, wordChars, type CharSet } from './char-set.ts';

export type PatternNode =
  | { readonly type: 'char'; readonly set: CharSet }
  | { readonly type: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly type: 'choice'; readonly parts: readonly PatternNode[] }
  | { readonly type: 'repeat'; readonly of: PatternNode; readonly min: number; readonly max: number };

/** An outermost alternative; anchored ones match at the beginning of the text only. */
export interface Alternative {
  readonly node: PatternNode;
  readonly isAnchored: boolean;
}

/** A pattern that was read, or what is wrong with it. */
export type ParsedPattern =
  | { readonly alternatives: readonly Alternative[]; readonly problem?: undefined }
  | { readonly problem: string };

const patternCharsMax = 256;
const repeatMax = 256;
const syntaxChars = '^$\\.*+?()[]{}|/';
const controlEscapes: ReadonlyMap<string, number> = new Map([
  ['t', 9],
  ['n', 10],
  ['r', 13],
]);
const classEscapes: ReadonlyMap<string, CharSet> = new Map([
  ['d', digits],
  ['D', complement(digits)],
  ['w', wordChars],
  ['W', complement(wordChars)],
]);

/** Reads a pattern. Never throws. */
export function parsePattern(pattern: string): ParsedPattern {
  if (pattern === '') return { problem: 'it is empty' };
  if (pattern.length > patternCharsMax) return { problem: `it has more than ${patternCharsMax} characters` };
  const reader = new Reader(Array.from(pattern));
  try {
    return { alternatives: reader.alternatives() };
  } catch (error) {
    if (error instanceof Refusal) return { problem: error.reason };
    throw error;
  }
}

/** Ends reading; never leaves this file. */
class Refusal extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

class Reader {
  readonly #chars: readonly string[];
  #at = 0;

  constructor(chars: readonly string[]) {
    this.#chars = chars;
  }

  alternatives(): readonly Alternative[] {
    const found: Alternative[] = [];
    do {
      const isAnchored = this.#take('^');
      found.push({ isAnchored, node: this.#sequence(true) });
    } while (this.#take('|'));
    if (this.#at < this.#chars.length) this.#refuse('it closes a group that is not open');
    return found;
  }

  #sequence(isOutermost: boolean): PatternNode {
    const parts: PatternNode[] = [];
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
      if (next === '$' && isOutermost && this.#isLast()) break;
      const atom = this.#atom();
      if (atom !== undefined) parts.push(this.#quantified(atom));
    }
    const isClosed = isOutermost && this.#take('$');
    return { type: 'sequence', parts: isOutermost ? withoutTail(parts, isClosed) : parts };
  }

  /** After a `$`, only the end of the pattern or of its outermost alternative. */
  #isLast(): boolean {
    const after = this.#chars[this.#at + 1];
    return after === undefined || after === '|';
  }

  /** Undefined for what takes no character. */
  #atom(): PatternNode | undefined {
    const char = this.#next();
    if (char === '(') return this.#group();
    if (char === '[') return { type: 'char', set: this.#charClass() };
    if (char === '.') return { type: 'char', set: anyChar };
    if (char === '\\') return this.#escape();
    if (char === '^' || char === '$') this.#refuse('an anchor is not at the end of an outermost alternative');
    if ('*+?{'.includes(char)) this.#refuse('a quantifier has nothing to repeat');
    if (char === ']' || char === '}') this.#refuse(`"${char}" has no backslash`);
    return { type: 'char', set: oneChar(this.#point(char)) };
  }

  #group(): PatternNode {
    if (this.#take('?') && !this.#take(':')) this.#refuse('only ( ) and (?: ) are groups');
    const parts: PatternNode[] = [];
    do parts.push(this.#sequence(false));
    while (this.#take('|'));
    if (!this.#take(')')) this.#refuse('a group is not closed');
    return { type: 'choice', parts };
  }

  #escape(): PatternNode | undefined {
    const char = this.#next();
    if (char === 'b') {
      if (isQuantifier(this.#peek())) this.#refuse('a quantifier has nothing to repeat');
      return undefined;
    }
    const set = classEscapes.get(char);
    return { type: 'char', set: set ?? oneChar(this.#escapedPoint(char, syntaxChars)) };
  }

  #escapedPoint(char: string, allowed: string): number {
    const control = controlEscapes.get(char);
    if (control === undefined && !allowed.includes(char))
      this.#refuse(`\\${char} is not the same everywhere`);
    return control ?? this.#point(char);
  }

  #charClass(): CharSet {
    const isNegated = this.#take('^');
    const sets: CharSet[] = [];
    while (!this.#take(']')) {
      const isDash = this.#peek() === '-' && sets.length > 0 && this.#chars[this.#at + 1] !== ']';
      if (isDash) this.#refuse('"-" in a class is neither first nor last and has no backslash');
      const first = this.#classMember();
      const isRange = this.#peek() === '-' && this.#chars[this.#at + 1] !== ']';
      sets.push(isRange ? this.#range(first) : first);
    }
    if (sets.length === 0) this.#refuse('a class is empty');
    const set = union(sets);
    return isNegated ? complement(set) : set;
  }

  #range(first: CharSet): CharSet {
    this.#at++;
    const last = this.#classMember();
    const [from, to] = [singlePoint(first), singlePoint(last)];
    if (from === undefined || to === undefined || from > to) this.#refuse('a range in a class has no order');
    return [[from, to]];
  }

  #classMember(): CharSet {
    const char = this.#next();
    if (char === '[') this.#refuse('"[" in a class has no backslash');
    // Some engines subtract or intersect classes by doubled signs.
    if ('&~|-'.includes(char) && this.#peek() === char) this.#refuse(`"${char}${char}" in a class`);
    if (char !== '\\') return oneChar(this.#point(char));
    const escaped = this.#next();
    return classEscapes.get(escaped) ?? oneChar(this.#escapedPoint(escaped, `${syntaxChars}-`));
  }

  #quantified(of: PatternNode): PatternNode {
    const [min, max] = this.#quantifier() ?? [1, 1];
    if (min === 1 && max === 1) return of;
    // Engines do not agree on repeating nothing, and take long over it.
    if (canBeEmpty(of)) this.#refuse('it repeats what can be empty');
    // A lazy quantifier finds the same.
    this.#take('?');
    if (isQuantifier(this.#peek())) this.#refuse('a quantifier has nothing to repeat');
    return { type: 'repeat', of, min, max };
  }

  #quantifier(): readonly [min: number, max: number] | undefined {
    if (this.#take('*')) return [0, Infinity];
    if (this.#take('+')) return [1, Infinity];
    if (this.#take('?')) return [0, 1];
    if (!this.#take('{')) return undefined;
    const min = this.#number();
    const hasMax = this.#take(',');
    const max = !hasMax ? min : this.#peek() === '}' ? Infinity : this.#number();
    if (!this.#take('}') || min > max || max === 0) this.#refuse('a quantifier is not {n}, {n,} or {n,m}');
    return [min, max];
  }

  #number(): number {
    let text = '';
    while (/^\d$/.test(this.#peek() ?? '')) text += this.#next();
    if (text === '' || text.length > 3 || Number(text) > repeatMax) {
      this.#refuse(`it repeats something more than ${repeatMax} times`);
    }
    return Number(text);
  }

  #point(char: string): number {
    const point = char.codePointAt(0)!;
    if (point >= 0xd800 && point <= 0xdfff) this.#refuse('it has a lone surrogate');
    return point;
  }

  #peek(): string | undefined {
    return this.#chars[this.#at];
  }

  #next(): string {
    const char = this.#chars[this.#at++];
    return char ?? this.#refuse('it ends too early');
  }

  #take(char: string): boolean {
    const isThere = this.#peek() === char;
    if (isThere) this.#at++;
    return isThere;
  }

  #refuse(reason: string): never {
    throw new Refusal(reason);
  }
}

/** Without what matches at once, whatever is left of the text: engines never go back for it. */
function withoutTail(parts: readonly PatternNode[], isClosed: boolean): readonly PatternNode[] {
  const last = parts.at(-1);
  if (last?.type !== 'repeat' || last.min > 0) return parts;
  const isRest = last.max === Infinity && last.of.type === 'char' && last.of.set === anyChar;
  return isClosed && !isRest ? parts : withoutTail(parts.slice(0, -1), false);
}

const isQuantifier = (char: string | undefined): boolean => char !== undefined && '*+?{'.includes(char);

function singlePoint(set: CharSet): number | undefined {
  const [only, ...more] = set;
  return more.length === 0 && only !== undefined && only[0] === only[1] ? only[0] : undefined;
}

function canBeEmpty(node: PatternNode): boolean {
  if (node.type === 'char') return false;
  if (node.type === 'repeat') return node.min === 0;
  return node.type === 'sequence' ? node.parts.every(canBeEmpty) : node.parts.some(canBeEmpty);
}
