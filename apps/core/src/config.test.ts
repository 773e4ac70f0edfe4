// The configuration: defaults, rules, and that docs/operations.md lists the same variables with the same defaults.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readConfig, variables } from './config.ts';

const certificate = Buffer.from('pem');

it('has a default for everything', () => {
  const read = readConfig({});
  expect(read).toMatchObject({
    ok: true,
    unknown: [],
    config: {
      databaseUrl: '.flags/flags.db',
      transport: {
        grpc: { address: '127.0.0.1:7410', tls: undefined },
        http: { host: '127.0.0.1', port: 7411 },
      },
    },
  });
});

it.each([
  ['FLAGS_GRPC_ADDRESS', 'localhost'],
  ['FLAGS_HTTP_ADDRESS', '127.0.0.1:http'],
  ['FLAGS_CALLS_MAX', '0'],
  ['FLAGS_CALLS_MAX', '1e3'],
  ['FLAGS_LOG_LEVEL', 'loud'],
  ['FLAGS_METRICS_TOKEN', 'short'],
  ['FLAGS_BOOTSTRAP_ADMIN_KEY', 'flags_s_a_b'],
  ['FLAGS_TLS_CERT_FILE', '/no/such/file'],
  ['FLAGS_DATABASE_URL', 'mysql://db.example/flags'],
  ['FLAGS_LOOP_DELAY_MS_MAX', '100'],
])('refuses %s=%s by name and rule, without its value', (variable, value) => {
  const read = readConfig({ [variable]: value });
  if (read.ok) throw new Error('accepted');
  expect(read.problems.map((problem) => problem.variable)).toContain(variable);
  expect(JSON.stringify(read.problems)).not.toContain(value === '0' ? '"0"' : value);
});

it('wants a certificate and its key together', () => {
  const read = readConfig({ FLAGS_TLS_CERT_FILE: 'a.pem' }, () => certificate);
  expect(read).toMatchObject({ ok: false, problems: [{ variable: 'FLAGS_TLS_KEY_FILE' }] });
});

it('reads the files of TLS, client authorities per port', () => {
  const files = { FLAGS_TLS_CERT_FILE: 'c', FLAGS_TLS_KEY_FILE: 'k', FLAGS_GRPC_TLS_CLIENT_CA_FILE: 'ca' };
  const read = readConfig(files, (path) => Buffer.from(path));
  if (!read.ok) throw new Error('refused');
  const { grpc, http } = read.config.transport;
  expect(grpc.tls).toEqual({ cert: Buffer.from('c'), key: Buffer.from('k'), clientCa: Buffer.from('ca') });
  expect(http.tls?.clientCa).toBeUndefined();
});

it('takes an empty variable for one that is not set, and tells of names it does not know', () => {
  const read = readConfig({ FLAGS_GRPC_ADDRESS: '', FLAGS_GRCP_ADDRESS: 'x' });
  expect(read).toMatchObject({ ok: true, unknown: ['FLAGS_GRCP_ADDRESS'] });
});

it('reads an IPv6 address', () => {
  const read = readConfig({ FLAGS_HTTP_ADDRESS: '[::1]:80' });
  expect(read).toMatchObject({ config: { transport: { http: { host: '::1', port: 80 } } } });
});

it('stands in docs/operations.md, variable by variable, with its default', () => {
  const text = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `(FLAGS_\w+)` \| ([^|]+) \|/gm)].map(
    ([, name, value]) => [name, value!.trim()] as const,
  );
  const documented = Object.fromEntries(rows);
  expect(rows.map(([name]) => name)).toEqual(Object.keys(variables));
  for (const [name, schema] of Object.entries(variables)) {
    const byDefault = schema.safeParse(undefined).data as string | number | readonly string[] | undefined;
    if (typeof byDefault !== 'object' && byDefault !== undefined && byDefault !== '') {
      expect.soft(documented[name], name).toBe(`\`${byDefault}\``);
    }
  }
});
