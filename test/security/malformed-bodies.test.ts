// Bad input: every malformed body is answered with 4xx, by field and rule, and changes nothing.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createInstallation } from './support/callers.ts';
import type { Installation } from './support/callers.ts';
import { createRandom } from '@org/tools/cluster/random';

let installation: Installation;
let key: string;
beforeAll(async () => {
  installation = await createInstallation();
  ({ key } = installation.caller('admin of *'));
});
afterAll(() => installation.core.close());

const environment = 'shop/dev';
const nowMs = Date.now();
const flag = {
  type: 'boolean',
  enabled: true,
  variants: { on: true, off: false },
  offVariant: 'off',
  rules: [{ id: 'r1', when: { op: 'in', attribute: 'country', values: ['DE'] }, serve: { variant: 'on' } }],
  default: { variant: 'off' },
};

/** Well-formed bodies; every mutation of one of them is malformed, or at least no defect. */
const bodies: Readonly<Record<string, unknown>> = {
  'AdminService/Commit': {
    environment,
    changes: [{ kind: 'flag', key: 'a', document: flag, expectedDocumentRevision: 0 }],
    idempotencyKey: 'i1',
    author: 'me',
    reason: 'test',
    expectedRevision: 77,
    dryRun: true,
  },
  'FlagService/Evaluate': {
    environment,
    flagKey: 'a',
    context: { targetingKey: 'u-1', n: 1, list: [true, null] },
  },
  'EventService/Record': {
    environment,
    instanceId: 'i-1',
    sequence: 1,
    events: [
      {
        timeMs: nowMs + 0.5,
        exposure: { flagKey: 'a', variant: 'on', units: { user: 'u-1' }, excluded: false, revision: 1 },
      },
      { timeMs: nowMs, metric: { name: 'm', value: 2.5, attributes: { a: 1 } } },
    ],
    dropped: { full: 3 },
  },
  'AccessService/CreateSdkKey': {
    environment,
    kind: 'KEY_KIND_UNSPECIFIED',
    name: 'k',
    expiresAt: '2030-01-01T00:00:00Z',
  },
  'AccessService/CreatePrincipal': {
    name: '',
    kind: 'PRINCIPAL_KIND_PERSON',
    roles: [{ scope: '*', role: 'ROLE_VIEWER' }],
  },
  'SyncService/ReportApplied': {
    environment,
    instance: { id: 'i', sdk: 's', version: '1', application: 'a' },
    historyId: 'h',
    revision: 1,
    status: 'APPLY_STATUS_APPLIED',
    problems: [{ kind: 'flag', key: 'a', path: 'p', rule: 'r', message: 'm' }],
  },
};

interface Violation {
  readonly field?: string;
  readonly reason?: string;
  readonly description?: string;
}

async function post(
  method: string,
  body: string | Uint8Array,
): Promise<{ status: number; text: string; violations: Violation[] }> {
  const response = await fetch(`${installation.core.httpUrl}/flags.v1.${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: body as NonNullable<RequestInit['body']>,
  });
  const text = await response.text();
  const { details } = JSON.parse(text) as { details?: { debug: { fieldViolations?: Violation[] } }[] };
  return {
    status: response.status,
    text,
    violations: (details ?? []).flatMap(({ debug }) => debug.fieldViolations ?? []),
  };
}

/** Every place of a JSON value, as a path, outside of documents and contexts (whose content is anything). */
function places(
  value: unknown,
  path: readonly (string | number)[] = [],
): readonly (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const open = path.length > 0 && ['document', 'context', 'attributes'].includes(String(path.at(-1)));
  if (open) return [path];
  const entries = Object.entries(value).flatMap(([name, item]) =>
    places(item, [...path, Array.isArray(value) ? Number(name) : name]),
  );
  return path.length === 0 ? entries : [path, ...entries];
}

function replaced(value: unknown, [first, ...rest]: readonly (string | number)[], by: unknown): unknown {
  if (first === undefined) return by;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<
    string | number,
    unknown
  >;
  copy[first] = replaced(copy[first], rest, by);
  return copy;
}

const jsonTypeOf = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value);
const valueAt = (value: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((at, name) => (at as Record<string | number, unknown>)[name], value);

it.each(Object.keys(bodies))('names the place of every value of a wrong type in %s', async (method) => {
  const body = bodies[method];
  let count = 0;
  for (const path of places(body)) {
    for (const wrong of [7.25, 'text', true, [[]], { nonsense: 1 }]) {
      const right = valueAt(body, path);
      const sameType =
        jsonTypeOf(wrong) === jsonTypeOf(right) && jsonTypeOf(right) !== 'object' && wrong !== 7.25;
      const number = typeof right === 'number' && wrong === 7.25 && String(path.at(-1)) === 'timeMs';
      const double = number || (String(path.at(-1)) === 'value' && typeof wrong === 'number');
      if (sameType || double || (Array.isArray(right) && Array.isArray(wrong)) || isMapOf(path, wrong))
        continue;
      const { status, violations, text } = await post(method, JSON.stringify(replaced(body, path, wrong)));
      const what = `${path.join('.')} = ${JSON.stringify(wrong)}: ${text.slice(0, 300)}`;
      expect.soft(status, what).toBe(400);
      expect.soft(violations[0]?.reason, what).toMatch(/^[a-z_0-9]+$/);
      expect.soft(normal(violations[0]?.field ?? ''), what).toContain(normal(String(path[0])));
      count++;
    }
  }
  expect(count).toBeGreaterThan(8);
});

/** A map takes any names, and a struct any content. */
function isMapOf(path: readonly (string | number)[], wrong: unknown): boolean {
  const open = ['document', 'context', 'attributes', 'dropped', 'units'].includes(String(path.at(-1)));
  return open && typeof wrong === 'object' && !Array.isArray(wrong);
}

function normal(field: string): string {
  return field.replaceAll('_', '').toLowerCase();
}

it.each(Object.keys(bodies))('refuses unknown fields at every object of %s', async (method) => {
  const body = bodies[method];
  const objects = [[], ...places(body).filter((path) => isMessage(valueAt(body, path), path))];
  for (const path of objects) {
    const spoiled = replaced(body, path, { ...(valueAt(body, path) as object), __proto_pollution: 1 });
    const { status, violations } = await post(method, JSON.stringify(spoiled));
    expect([status, violations[0]?.reason]).toEqual([400, 'unknown_field']);
    expect(violations[0]?.field).toMatch(/__proto_pollution$/);
  }
});

function isMessage(value: unknown, path: readonly (string | number)[]): boolean {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && !['document', 'context', 'attributes', 'dropped', 'units'].includes(String(path.at(-1)));
}

it.each(Object.keys(bodies))('refuses %s cut off at any byte', async (method) => {
  const text = JSON.stringify(bodies[method]);
  for (let length = 0; length < text.length; length++) {
    const { status, violations } = await post(method, text.slice(0, length));
    expect([status, violations[0]?.reason], text.slice(0, length)).toEqual([400, 'json']);
  }
});

it('survives any flipped bits: 4xx or an ordinary answer, never a defect', async () => {
  const random = createRandom(20261120);
  for (let round = 0; round < 600; round++) {
    const methods = Object.keys(bodies);
    const method = methods[Math.floor(random() * methods.length)]!;
    const bytes = Buffer.from(JSON.stringify(bodies[method]));
    const flips = 1 + Math.floor(random() * 3);
    for (let flip = 0; flip < flips; flip++) {
      const at = Math.floor(random() * bytes.length);
      bytes[at]! ^= 1 << Math.floor(random() * 8);
    }
    const { status, violations } = await post(method, bytes);
    expect([200, 400, 403, 404, 409, 429], bytes.toString('latin1')).toContain(status);
    if (status === 400 && violations.length > 0) expect(violations[0]?.reason).toBeTruthy();
  }
});

it.each([
  [
    'deep arrays',
    `{"flagKey":"a","environment":"shop/dev","context":{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}}`,
  ],
  [
    'deep objects',
    `{"flagKey":"a","environment":"shop/dev","context":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`,
  ],
  [
    'a hundred thousand members',
    `{"environment":"shop/dev","flagKey":"a","context":{${manyMembers(20_000)}}}`,
  ],
  ['a hundred thousand unknown fields', `{${manyMembers(20_000)}}`],
  [
    'a number of a hundred thousand digits',
    `{"environment":"shop/dev","flagKey":"a","context":{"a":${'9'.repeat(100_000)}}}`,
  ],
  ['an enormous string', JSON.stringify({ environment, flagKey: 'x'.repeat(900_000) })],
  ['an enormous environment', JSON.stringify({ environment: 'x/'.repeat(400_000), flagKey: 'a' })],
])('answers %s quickly and briefly', async (_name, body) => {
  const { status, text } = await post('FlagService/Evaluate', body);
  expect([200, 400, 404, 429]).toContain(status);
  expect(text.length).toBeLessThan(100_000);
});

it('has committed nothing and pollutes nothing', async () => {
  const { revision } = await installation.admin<{ revision?: number }>('AdminService/ListDocuments', {
    environment,
  });
  expect(revision ?? 0).toBe(0);
  const context = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
  await post('FlagService/Evaluate', `{"environment":"shop/dev","flagKey":"__proto__","context":${context}}`);
  const { text } = await post('FlagService/Evaluate', '{"environment":"shop/dev","flagKey":"constructor"}');
  expect(JSON.parse(text)).toMatchObject({ errorCode: 'FLAG_NOT_FOUND' });
});

function manyMembers(count: number): string {
  return Array.from({ length: count }, (_, index) => `"a${index}":1`).join(',');
}
