// Rollouts from the command line: drafts, steps, and what a pipeline learns from the exit code.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exitCodes } from '../exit-codes.ts';
import { startCore } from '../testing/start-core.ts';

let core: Awaited<ReturnType<typeof startCore>>;
beforeAll(async () => {
  core = await startCore();
  await run('flag set page --type boolean --default off');
});
afterAll(() => core.close());

const run = (line: string) => core.flagsctl(line.split(' '));
const codeOf = async (line: string): Promise<number> => (await run(line)).code;

it('makes drafts of everything that has an option', async () => {
  const options =
    '--stage 5 --stage 50 --control off --minimum-minutes 5 --minimum-sample 100 --approval-from 50';
  await run(
    `rollout create wide --flag page --variant on ${options} --watch-errors --slower-than 250 -m try`,
  );
  const { document } = JSON.parse((await run('rollout get wide --json')).out) as { document: object };
  expect(document).toEqual({
    target: { kind: 'flag', key: 'page' },
    variant: 'on',
    control: 'off',
    strategy: 'custom',
    stages: [{ percentage: 5 }, { percentage: 50 }],
    minimumMinutes: 5,
    minimumSample: 100,
    approvalFrom: 50,
    health: [
      { id: 'errors', type: 'guarded_errors' },
      { id: 'latency', type: 'guarded_latency', slowerThanMs: 250 },
    ],
  });
  const both = 'rollout create bad --flag page --variant on --stage 5 --strategy canary';
  expect(await codeOf(both)).toBe(exitCodes.usage.code);
  expect(await codeOf('rollout create bad --flag nothing --variant on')).toBe(exitCodes.invalid.code);
});

it('waits, and says how it ended', async () => {
  await run('rollout create walk --flag page --variant on --strategy canary');
  expect(await codeOf('rollout wait unheard-of')).toBe(exitCodes.notFound.code);
  expect(await codeOf('rollout pause walk')).not.toBe(0);
  expect(await codeOf('rollout start walk -m go')).toBe(0);
  expect(await codeOf('rollout wait walk --stage 1')).toBe(0);
  expect(await codeOf('rollout wait walk --for 0.2 --every 0.1')).toBe(exitCodes.waiting.code);
  expect((await run('rollout status walk')).out).toContain('running, stage 1 of 2, 1 % of the units');
  expect(await codeOf('rollout next walk')).toBe(0);
  expect(await codeOf('rollout rollback walk')).toBe(0);
  expect(await codeOf('rollout wait walk')).toBe(exitCodes.rolledBack.code);
  expect(await codeOf('rollout start walk')).toBe(0);
  expect(await codeOf('rollout next walk')).toBe(0);
  expect(await codeOf('rollout next walk')).toBe(0);
  expect(await codeOf('rollout wait walk')).toBe(0);
  expect((await run('flag get page')).out).toMatch(/default:\n +variant: on/);
});
