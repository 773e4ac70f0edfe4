// The small building blocks of the documents' schemas: keys, texts, values, records. Every one is bounded.
import { z } from 'zod';
import { limits } from '../limits.ts';

/** Fails with a rule of our own. */
export const violate = (
  context: z.RefinementCtx,
  rule: string,
  message: string,
  path: PropertyKey[] = [],
): void => {
  context.addIssue({ code: 'custom', params: { rule }, message, path });
};

/** Keys of documents and variants: any text without control characters or white space at its ends. */
export const keyText = z
  .string()
  .min(1)
  .max(limits.keyCharsMax)
  // Any text in any language is a key; these would make two keys look alike.
  .regex(
    /^(?!\s)[^\p{Cc}\p{Cs}]*(?<!\s)$/u,
    'A key has no control characters and no white space at its ends',
  );

export const shortText = z.string().max(limits.reasonCharsMax);
export const longText = z.string().max(10_000);
export const tags = z.array(z.string().min(1).max(limits.keyCharsMax)).max(limits.variantsMax);
export const contextKind = z.string().min(1).max(64);

/** Fails because the value is not what is expected; a missing one has a rule of its own. */
export const expected = (
  context: z.RefinementCtx,
  value: unknown,
  what: string,
  path: PropertyKey[] = [],
): void => violate(context, value === undefined ? 'required' : 'type', `${what} is expected.`, path);

/** Adds another schema's issues about a part of the value. */
export function forward(
  context: z.RefinementCtx,
  schema: z.ZodType,
  value: unknown,
  path: PropertyKey[],
): void {
  for (const issue of schema.safeParse(value).error?.issues ?? []) {
    context.addIssue({ ...issue, path: [...path, ...issue.path] });
  }
}

/** Checks by the schema that the value itself chooses: zod's unions would say no more than "invalid". */
export const chosen = (choose: (value: unknown) => z.ZodType): z.ZodType =>
  z.unknown().superRefine((value, context) => forward(context, choose(value), value, []));

/** A top-level attribute of a context. */
export const attributeName = z.string().min(1).max(limits.keyCharsMax);
const names = z.array(attributeName).min(1).max(20);

/** A name, or the names that lead to a nested attribute. */
export const attribute = chosen((value) => (Array.isArray(value) ? names : attributeName));

export const unitKeys = z.array(z.string().min(1).max(limits.keyCharsMax)).max(limits.targetKeysMax);

/** Any JSON: `checkJson` has seen to it that it is some. */
export const jsonValue = z.unknown();

/** Whether the value is an object that is no array. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object with any members. zod's own record passes over members named `__proto__`, which are members like any other. */
export const anyMembers = (countMax: number): z.ZodType =>
  z.unknown().superRefine((value, context) => {
    if (!isObject(value)) return expected(context, value, 'An object');
    if (Object.keys(value).length > countMax) violate(context, 'max_members', `At most ${countMax} members.`);
  });
