// Whether a pattern may be given to the engines of the platforms: portable, and linear on each of them.
import { automatonOf } from './automaton.ts';
import { parsePattern } from './parse-pattern.ts';
import { stepsPerChar } from './steps-per-char.ts';

/** What is found out about a pattern. */
export type CheckedPattern =
  | { readonly stepsPerChar: number; readonly problem?: undefined }
  | { readonly problem: 'operand_pattern' | 'operand_pattern_linear'; readonly detail: string };

/** Checks a pattern. Takes a few milliseconds at most, whatever the pattern is. */
export function checkPattern(pattern: string): CheckedPattern {
  const parsed = parsePattern(pattern);
  if (parsed.problem !== undefined) return { problem: 'operand_pattern', detail: parsed.problem };
  const automaton = automatonOf(parsed.alternatives);
  const steps = automaton && stepsPerChar(automaton);
  return steps === undefined ? { problem: 'operand_pattern_linear', detail: '' } : { stepsPerChar: steps };
}
