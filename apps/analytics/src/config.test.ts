// The configuration: where the log lies, rules, and that docs/analytics.md lists the same variables and defaults.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readConfig, variables } from './config.ts';

it('reads the log where the core writes it', () => {
  const logOf = (environment: Record<string, string>) => {
    const read = readConfig(environment);
    return read.ok && read.config.log;
  };
  expect(logOf({})).toEqual({ kind: 'sqlite', path: '.flags/flags.db-events' });
  expect(logOf({ FLAGS_DATABASE_URL: 'postgres://h/d' })).toEqual({
    kind: 'postgres',
    url: 'postgres://h/d',
  });
  expect(logOf({ FLAGS_NATS_URLS: 'nats://a, nats://b', FLAGS_DATA_DIR: 'd' })).toEqual({
    kind: 'jetstream',
    urls: ['nats://a', 'nats://b'],
    authorityFile: 'd/nats/authority.json',
    caFile: undefined,
  });
});

it('wants a token for an address that others can reach', () => {
  const address = { FLAGS_ANALYTICS_ADDRESS: '0.0.0.0:7413' };
  expect(readConfig(address)).toMatchObject({ problems: [{ variable: 'FLAGS_ANALYTICS_TOKEN' }] });
  expect(readConfig({ ...address, FLAGS_ANALYTICS_TOKEN: 'x'.repeat(16) })).toMatchObject({ ok: true });
  expect(readConfig({ FLAGS_ANALYTICS_TOKEN: 'short' })).toMatchObject({ ok: false });
});

it('stands in docs/analytics.md, variable by variable, with its default', () => {
  const text = readFileSync(new URL('../../../docs/analytics.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `(FLAGS_\w+)` \| ([^|]+) \|/gm)];
  expect(rows.map(([, name]) => name)).toEqual(Object.keys(variables));
  for (const [, name, documented] of rows) {
    const byDefault: unknown = variables[name as keyof typeof variables].safeParse(undefined).data;
    if (typeof byDefault === 'string' || typeof byDefault === 'number')
      expect.soft(documented, name).toBe(`\`${byDefault}\``);
  }
});
