// Collects what is wrong with one document while it is compiled. Knows no sentences: see messages.ts.
import { limits } from './limits.ts';

/** A broken rule, before it is made a sentence. */
export interface Finding {
  readonly path: string;
  readonly rule: string;
  /** The data of the sentence, e.g. the unknown name. */
  readonly detail: string;
}

/** The findings of one document, with the path of the place that is looked at. */
export class Findings {
  readonly list: Finding[] = [];
  readonly #path: (string | number)[] = [];

  /** Goes one member or element deeper; every `enter` has its `leave`. */
  enter(segment: string | number): void {
    this.#path.push(segment);
  }

  leave(): void {
    this.#path.pop();
  }

  /** Reports a finding at the current place, or at a member of it. Answers false, for use in conditions. */
  add(rule: string, detail = '', ...below: readonly (string | number)[]): false {
    if (this.list.length >= limits.findingsPerDocumentMax) return false;
    this.list.push({ path: formatPath([...this.#path, ...below]), rule, detail });
    return false;
  }
}

/** `['rules', 2, 'when']` as `rules[2].when`; names that are no identifiers are quoted. */
export function formatPath(segments: readonly (string | number)[]): string {
  let path = '';
  for (const segment of segments) {
    if (typeof segment === 'number') path += `[${segment}]`;
    else if (/^[A-Za-z_$][\w$-]{0,255}$/.test(segment)) path += path === '' ? segment : `.${segment}`;
    else path += `[${JSON.stringify(segment.slice(0, 256))}]`;
  }
  return path;
}
