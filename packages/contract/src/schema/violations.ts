// From zod's issues to the product's violations: one stable rule name each, and the path as people write it.
import type { z } from 'zod';
import type { Violation } from '../errors.ts';
import { memberPath } from './json.ts';

type Issue = z.core.$ZodIssue;

/** Violations of all issues, with fields below `base`. */
export const violationsOf = (issues: readonly Issue[], base = ''): readonly Violation[] =>
  issues.flatMap((issue) => {
    const field = pathText(issue.path, base);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((name) => ({
        field: memberPath(field, name),
        rule: 'unknown_field',
        message: `There is no field ${JSON.stringify(name.slice(0, 100))} here.`,
      }));
    }
    return [{ field, rule: ruleOf(issue), message: sentence(issue.message) }];
  });

/** A path as text: `rules[2].when.values`. */
export function pathText(path: readonly PropertyKey[], base = ''): string {
  let text = base;
  for (const step of path) {
    text = typeof step === 'number' ? `${text}[${step}]` : memberPath(text, String(step));
  }
  return text;
}

function ruleOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return isMissing(issue.message) ? 'required' : 'type';
    case 'too_big':
      return `max_${measureOf(issue.origin)}`;
    case 'too_small':
      return `min_${measureOf(issue.origin)}`;
    case 'invalid_format':
      return issue.format === 'regex' ? 'pattern' : issue.format;
    case 'custom':
      return typeof issue.params?.['rule'] === 'string' ? issue.params['rule'] : 'invalid';
    case 'invalid_value':
      return 'one_of';
    default:
      return issue.code;
  }
}

const isMissing = (message: string): boolean => message.endsWith('received undefined');

function measureOf(origin: string): string {
  if (origin === 'string') return 'length';
  if (origin === 'array' || origin === 'set') return 'items';
  return origin === 'object' || origin === 'map' ? 'members' : 'value';
}

const sentence = (text: string): string => (text.endsWith('.') ? text : `${text}.`);
