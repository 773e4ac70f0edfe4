import { describe, expect, it } from 'vitest';
import { checkPattern } from './check-pattern.ts';

const problemOf = (pattern: string) => checkPattern(pattern).problem;

// Patterns that took applications down or stand in the literature on it (OWASP, CVEs of npm packages, Davis et al.), and
// what they are made of. Each is refused: as not linear, or because it is not portable in the first place.
const bodies = [
  ...[
    'a+',
    'a*',
    '[a-z]+',
    '[a-f0-9]+',
    '\\w+',
    '\\d+',
    '.*',
    '.+',
    '(?:a|b)+',
    '(?:ab)+',
    '[^x]*',
    'a{2,}',
    '(?:a|ab)+',
  ],
  ...['\\w*\\d', 'a|a', 'a|aa', 'a|ab|b', '[ab]|a', 'a?b?', 'a*b*', 'a+b*', '\\d+\\.?'],
];
const exponential = bodies.flatMap((body) => [
  `^(${body})+$`,
  `^(${body})*$`,
  `^(?:${body}){2,}x$`,
  `(${body})+!`,
  `^((${body})+)*y$`,
  `^x(?:${body})+(?:${body})+$`,
  `(?:${body}|${body})+?;`,
  `^(?:-|${body}|(${body})+)*,$`,
]);
const known = [
  ...[
    '^(a+)+$',
    '^([a-zA-Z]+)*$',
    '^(a|aa)+$',
    '^(a|a?)+$',
    '^(.*a){20}$',
    '(x+x+)+y',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
  ],
  ...[
    '^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$',
  ],
  ...[
    '^[a-z]+([\\.\\-]?\\w+)*@\\w+([\\.\\-]?\\w+)*(\\.\\w{2,3})+$',
    '^\\d+1\\d+2$',
    '^(\\d+)*\\.(\\d+)+$',
    '^.*\\d+.*\\d+x$',
  ],
  ...['\\s+$', '^\\s+|\\s+$', '(?=.*[A-Z]).{8,}', '^(?:.*,)*x$', '<!--.*-->', '\\*\\*.*\\*\\*.*'],
  ...[
    '^(?:(?:a?){30})(?:a{30})$',
    '^(a?a?a?a?a?a?a?a?a?a?)+$',
    '(?:\\w+\\.)+\\w+@',
    '^[\\w.]+[\\w.]+@',
    '.*=.*;',
    'a.*b.*c',
    '(\\d+)-(\\d+)-(\\d+)',
  ],
  ...[
    '^(?:a*)*$',
    '^(?:a|b|ab)*c$',
    '^(?:0|[1-9]\\d*)+x',
    '\\w+@\\w+',
    '[0-9]+$',
    '[a-z]*z',
    '(?:[a-z]+ )+[0-9]',
    '^(.+)+$',
    '^(?:.|\\n)+x',
  ],
];

describe('patterns that engines can take very long over', () => {
  it('are two hundred here', () => {
    expect(new Set([...exponential, ...known]).size).toBeGreaterThanOrEqual(200);
  });

  it.each([...new Set([...exponential, ...known])])('refuses %s', (pattern) => {
    expect(problemOf(pattern)).toMatch(/^operand_pattern(_linear)?$/);
  });
});

describe('patterns that are in use', () => {
  it.each([
    ...[
      'beta',
      '^beta',
      'beta$',
      '^beta$',
      '^$',
      'a|b',
      '^(?:DE|FR|IT)$',
      '[A-Z]{2}',
      '^[A-Z]{2}$',
      '^\\d+$',
      '^\\d{3}-\\d{4}$',
    ],
    ...[
      '^v?\\d+\\.\\d+\\.\\d+$',
      '^[^@]+@example\\.com$',
      '@(?:acme|example)\\.(?:com|org)$',
      '^[\\w.+-]+@[\\w-]+\\.com$',
      '^.*@example\\.com$',
    ],
    ...[
      '(?:Chrome|Firefox)/1[0-9]{2}',
      '^Mozilla/5\\.0 .*Chrome/',
      '\\bbeta\\b',
      '^user-[0-9a-f]{8}$',
      '^(\\w+\\.)+com$',
      '^/api/v[12]/',
    ],
    ...[
      '^[a-z0-9.-]{1,63}\\.example\\.com$',
      '^(?:\\d{1,3}\\.){3}\\d{1,3}$',
      '^a+b+c+$',
      '^(ab)+$',
      '^beta.*',
      '^.*beta.*$',
      '^.*beta.*',
      'x?y',
      '[äöü]',
      '😀',
    ],
    ...[
      '^[-a]+$',
      '^[a-]+$',
      '^[\\]\\-]$',
      '\\/',
      '^\\t$',
      '^(?:a|b)*?c$',
      '^a{3}$',
      '^a{3,}$',
      '^(|a)b$',
      '()',
      '^(?:[^"]|"[^"]*")*;$',
    ],
  ])('takes %s', (pattern) => {
    expect(checkPattern(pattern)).toEqual({ stepsPerChar: expect.any(Number) });
    expect(() => new RegExp(pattern, 'su')).not.toThrow();
  });
});

describe('patterns that are none, or not the same everywhere', () => {
  it.each([
    ['', 'it is empty'],
    ['a'.repeat(257), 'it has more than 256 characters'],
    ['(', 'a group is not closed'],
    ['a)', 'it closes a group that is not open'],
    ['[a', 'it ends too early'],
    ['[]', 'a class is empty'],
    ['[^]', 'a class is empty'],
    ['[b-a]', 'a range in a class has no order'],
    ['[\\d-z]', 'a range in a class has no order'],
    ['[a-b-c]', '"-" in a class is neither first nor last and has no backslash'],
    ['[[:alpha:]]', '"[" in a class has no backslash'],
    ['[a&&b]', '"&&" in a class'],
    ['[a--b]', 'a range in a class has no order'],
    ['*a', 'a quantifier has nothing to repeat'],
    ['a**', 'a quantifier has nothing to repeat'],
    ['a+?+', 'a quantifier has nothing to repeat'],
    ['\\b+', 'a quantifier has nothing to repeat'],
    ['a{2,1}', 'a quantifier is not {n}, {n,} or {n,m}'],
    ['a{0}', 'a quantifier is not {n}, {n,} or {n,m}'],
    ['a{1', 'a quantifier is not {n}, {n,} or {n,m}'],
    ['a{257}', 'it repeats something more than 256 times'],
    ['a{,2}', 'it repeats something more than 256 times'],
    ['a{x}', 'it repeats something more than 256 times'],
    [']', '"]" has no backslash'],
    ['a}', '"}" has no backslash'],
    ['a^', 'an anchor is not at the end of an outermost alternative'],
    ['(^a)', 'an anchor is not at the end of an outermost alternative'],
    ['(a$)', 'an anchor is not at the end of an outermost alternative'],
    ['a$b', 'an anchor is not at the end of an outermost alternative'],
    ['(?=a)', 'only ( ) and (?: ) are groups'],
    ['(?<n>a)', 'only ( ) and (?: ) are groups'],
    ['(?i)a', 'only ( ) and (?: ) are groups'],
    ['(a?)*', 'it repeats what can be empty'],
    ['\\s', '\\s is not the same everywhere'],
    ['\\1', '\\1 is not the same everywhere'],
    ['\\p{L}', '\\p is not the same everywhere'],
    ['\\-', '\\- is not the same everywhere'],
    ['[\\b]', '\\b is not the same everywhere'],
    ['\\', 'it ends too early'],
    ['\ud800', 'it has a lone surrogate'],
  ])('refuses %j: %s', (pattern, detail) => {
    expect(checkPattern(pattern)).toEqual({ problem: 'operand_pattern', detail });
  });
});
