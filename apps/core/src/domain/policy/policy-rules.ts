// The rules of the installation: what their file may say. Read once, at the start; a file that is not right stops the core.
import { z } from 'zod';
import type { Result } from '@org/contract';
import { fail, succeed } from '@org/contract';

const name = z.string().regex(/^[\w.-]{1,64}$/, 'letters, digits, "_", "-" and ".", at most 64');
// "shop/production", "shop/*", "*/production", "*/*".
const scope = z.string().regex(/^(\*|[^/\s*]+)\/(\*|[^/\s*]+)$/, 'project/environment, with * for any');
const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'hours and minutes: 18:00');
const common = {
  name,
  /** Left out: everywhere. */
  environments: z.array(scope).min(1).optional(),
  /** Left out: documents of all kinds. */
  kinds: z.array(z.string().min(1)).min(1).optional(),
};

const rule = z.discriminatedUnion('rule', [
  z.strictObject({
    ...common,
    rule: z.literal('approval'),
    /** The share of the traffic up to which changes need none. */
    aboveShare: z.number().min(0).max(1).default(0),
    quorum: z.int().min(1).max(20).default(1),
  }),
  z
    .strictObject({
      ...common,
      rule: z.literal('freeze'),
      from: z.iso.datetime({ offset: true }).optional(),
      to: z.iso.datetime({ offset: true }).optional(),
      /** Every week: days from 1 (Monday) to 7, by UTC. */
      weekly: z
        .strictObject({ days: z.array(z.int().min(1).max(7)).min(1), from: clock, to: clock })
        .optional(),
    })
    .refine(
      (freeze) => (freeze.weekly === undefined) === (freeze.from !== undefined && freeze.to !== undefined),
      {
        message: 'either from and to, or weekly',
      },
    ),
  z.strictObject({ ...common, rule: z.literal('required_owner') }),
  z.strictObject({
    ...common,
    rule: z.literal('required_tags'),
    /** All of them; "team:*" is any tag that begins so. */
    tags: z.array(z.string().min(1)).min(1),
  }),
  z.strictObject({
    ...common,
    rule: z.literal('required_reason'),
    charsMin: z.int().min(1).max(2_000).default(1),
    /** A regular expression, e.g. for a ticket. */
    pattern: z.string().max(200).optional(),
  }),
  z.strictObject({ ...common, rule: z.literal('key_pattern'), pattern: z.string().min(1).max(200) }),
  z.strictObject({ ...common, rule: z.literal('max_changes'), documents: z.int().min(1).max(1_000) }),
]);

const file = z.strictObject({ rules: z.array(rule).max(200) });

/** One rule of the installation. */
export type PolicyRule = z.infer<typeof rule>;

/** The rules of a file's text. */
export function readPolicyRules(text: string): Result<readonly PolicyRule[]> {
  const parsed = file.safeParse(jsonOf(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const message = `${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'not right'}`;
    return fail('INVALID_REQUEST', message);
  }
  const { rules } = parsed.data;
  const broken = rules.find((each) => 'pattern' in each && !isPattern(each.pattern));
  if (broken !== undefined) return fail('INVALID_REQUEST', `${broken.name}: pattern: no regular expression`);
  const names = new Set(rules.map((each) => each.name));
  return names.size < rules.length
    ? fail('INVALID_REQUEST', 'rules: two of them have the same name')
    : succeed(rules);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isPattern(pattern: string | undefined): boolean {
  try {
    return pattern === undefined || new RegExp(pattern, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

/** Whether the rule holds in "project/environment". */
export const holdsIn = ({ environments }: PolicyRule, reference: string): boolean =>
  environments === undefined ||
  environments.some((scope) => {
    const [project, key] = scope.split('/');
    const [ownProject, ownKey] = reference.split('/');
    return (project === '*' || project === ownProject) && (key === '*' || key === ownKey);
  });
