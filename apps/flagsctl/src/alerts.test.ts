// Alerts on the command line against a real core.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exitCodes, type ExitName } from './exit-codes.ts';
import { startCore } from './testing/start-core.ts';

let core: Awaited<ReturnType<typeof startCore>>;
beforeAll(async () => {
  core = await startCore();
});
afterAll(() => core.close());

const done = async (line: string, stdin?: string): Promise<string> => {
  const { code, out, err } = await core.flagsctl(line.split(' '), stdin);
  expect({ line, code, err: code === 0 ? '' : err }).toEqual({ line, code: 0, err: '' });
  return out;
};
const refused = async (line: string, exit: ExitName): Promise<void> => {
  const { code, err } = await core.flagsctl(line.split(' '));
  expect({ line, code, err }).toEqual({ line, code: exitCodes[exit].code, err: expect.any(String) });
};

it('is set, looked at, silenced and removed', async () => {
  await done('alert set open -f -', 'rule: {type: breaker}\nchannels: [ops]\nseverity: critical\n');
  expect(await done('alert list')).toMatch(/open +breaker +critical +ops/);
  expect(await done('alert status')).toMatch(/open +(unknown|ok) +critical/);
  expect(await done('alert status open')).toMatch(/^open: (unknown|ok) \(critical\)/);
  expect(await done('alert status --firing')).not.toContain('open');
  const until = new Date(Date.now() + 3_600_000).toISOString();
  expect(await done(`alert silence open --until ${until} -m works`)).toContain('open until');
  const [silence] = JSON.parse(await done('alert silences --json')) as { id: string; reason: string }[];
  expect(silence?.reason).toBe('works');
  expect(await done('alert status open')).toContain('silenced until');
  await done(`alert silence --end ${silence!.id}`);
  expect(await done('alert silences')).not.toContain('works');
  expect(await done('alert channels')).toMatch(/NAME +TYPE/);
  await refused('alert acknowledge open', 'failure');
  await refused('alert test open', 'failure');
  await refused('alert test --channel ops', 'notFound');
  await refused('alert silence open', 'usage');
  await refused('alert status gone', 'notFound');
  await done('alert delete open');
});
