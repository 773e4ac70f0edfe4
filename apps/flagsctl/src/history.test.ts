// Change requests, history and audit by command line, against a real core with rules of an installation.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAdminClient } from '@org/flags-admin';
import { exitCodes, type ExitName } from './exit-codes.ts';
import { startCore } from './testing/start-core.ts';

const directory = mkdtempSync(join(tmpdir(), 'flagsctl-policy-'));
const policyFile = join(directory, 'policy.json');
writeFileSync(
  policyFile,
  JSON.stringify({
    rules: [
      { name: 'big', rule: 'approval', environments: ['*/production'], kinds: ['flag'], aboveShare: 0.1 },
      { name: 'why', rule: 'required_reason', charsMin: 3 },
    ],
  }),
);

let core: Awaited<ReturnType<typeof startCore>>;
const environment = 'shop/production';
let approver: string;
beforeAll(async () => {
  core = await startCore({ FLAGS_POLICY_FILE: policyFile });
  const { FLAGSCTL_URL: url = '', FLAGSCTL_KEY: key = '' } = core.env;
  const admin = createAdminClient({ url, key });
  const roles = [{ scope: '*', role: 'approver' as const }];
  const { id } = await admin.createPrincipal({ name: 'eve', kind: 'person', roles });
  approver = (await admin.createPrincipalKey(id)).secret;
});
afterAll(() => core.close());
afterAll(() => rmSync(directory, { recursive: true }));

const words = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
async function run(line: string, stdin?: string, exit: ExitName = 'ok'): Promise<string> {
  const { code, out, err } = await core.flagsctl(words(line), stdin);
  expect({ line, code, err: exit === 'ok' ? err : '' }).toEqual({
    line,
    code: exitCodes[exit].code,
    err: '',
  });
  return exit === 'ok' ? out : err;
}
const flags = (share: number): string =>
  JSON.stringify({
    flags: {
      checkout: {
        ...{ type: 'boolean', enabled: true, variants: { on: true, off: false }, offVariant: 'off' },
        default: {
          split: {
            weights: [
              { variant: 'on', weight: share },
              { variant: 'off', weight: 100 - share },
            ],
          },
        },
      },
    },
  });

it('leads a large change from refusal to history, and tells the audit log', async () => {
  const load = `env import --env ${environment} --file -`;
  const small = `${load} -m first`;
  await run(small, flags(5));
  expect(await run(load, flags(8), 'invalid')).toContain('Say why');
  expect(await run(`${load} -m wider`, flags(50), 'approval')).toContain('flagsctl change propose');
  expect(await run(`change propose --env ${environment} -f - -m wider`, flags(50))).toContain(
    'change request 1, version 1: proposed, 0 of 1 approvals',
  );
  expect(await run(`change approve 1 --env ${environment}`, undefined, 'denied')).toContain(
    'Nobody approves',
  );
  await run(`change apply 1 --env ${environment}`, undefined, 'failure');
  const approve = `change approve 1 --seen 1 -c fine --env ${environment} --key ${approver}`;
  expect(await run(approve)).toContain('approved, 1 of 1');
  expect(await run(`change apply 1 --env ${environment}`)).toContain('committed revision 2');
  expect(await run(`change list --env ${environment}`)).toMatch(/1 +applied +1 +1\/1/);
  expect(await run('audit list -n 2')).toMatch(/change_request.apply[^]*change_request.approve/);
});

it('goes past approvals in an emergency, and back', async () => {
  await run(`change propose --env ${environment} --revert 1 -m "too wide"`);
  expect(await run(`change bypass 2 -m "sales fall" --env ${environment}`)).toContain('committed revision 3');
  expect(await run(`env history --env ${environment}`)).toContain('[bypassed: sales fall]');
  expect(await run(`change show 2 --env ${environment}`)).toContain('bypassed by');
  await run(`change propose --env ${environment} --remove flag/checkout -m gone`);
  await run(`change comment 3 -c "why?" --env ${environment}`);
  expect(await run(`change withdraw 3 --env ${environment}`)).toContain('withdrawn');
});

it('shows states of back then, keeps notes, and promotes', async () => {
  expect(await run(`env at 2 --env ${environment}`)).toContain('weight: 50');
  expect(await run(`env at 1 --env ${environment}`)).toContain('weight: 95');
  await run(`env at 9 --env ${environment}`, undefined, 'notFound');
  await run(`env note 2 "sales fell by a tenth" --env ${environment}`);
  expect(await run(`env notes 2 --env ${environment}`)).toContain('sales fell by a tenth');
  const lines = (await run(`env export-history --env ${environment}`)).trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { revision: number }).revision)).toEqual([1, 2, 3]);
  await run('env create shop/next');
  await run(`env promote ${environment} --only flag/nothing --env shop/next -m try`, undefined, 'notFound');
  expect(await run(`env promote ${environment} --env shop/next -m release --dry-run`)).toContain(
    'would commit',
  );
  expect(await run(`env promote ${environment} --env shop/next -m release`)).toContain(
    'committed revision 1',
  );
  expect(await run(`env diff --against shop/next --env ${environment}`)).toContain('nothing differs');
});

it('verifies the audit log against a head that was noted', async () => {
  const { sequence, hash } = JSON.parse(await run('audit verify --json')) as {
    sequence: number;
    hash: string;
  };
  expect(await run(`audit verify --known ${sequence}:${hash}`)).toContain('whole');
  const err = await run(`audit verify --known ${sequence}:${'0'.repeat(64)}`, undefined, 'different');
  expect(err).toContain(`broken at entry ${sequence}`);
});
