// Thousands of histories of all controllers: planted harm and none, crashes between any two steps, stale and repeated looks, clocks
// that jump. Checked at every commit: one stage at a time, nothing begins on a mismatch, never more exposed than the stage says,
// a way back at any time; breakers open on what the fleet confirms alone; each scheduled change once.
import { expect, it } from 'vitest';
import type { Breaker, JsonObject, Overlay, Rollout } from '@org/contract/model';
import { breakerOverlayKey } from '../breaker/step.ts';
import type { CallReport } from '../breaker/call-report.ts';
import { rolloutOverlayKey } from '../rollout/overlay.ts';
import { plannedStages } from '../rollout/stages.ts';
import { approveStage, isExposing, rollBack, startRollout } from '../rollout/transitions.ts';
import {
  commitTo,
  createWorld,
  emptyMemory,
  exposedBuckets,
  heldIn,
  intend,
  type Committed,
  type Intention,
  type RunnerMemory,
  type World,
} from '../testing/world.ts';
import { chanceOf, type Chance } from './chance.ts';
import { drawCalls } from './traffic.ts';

const histories = 5_200;
const looks = 45;
const lookMs = 20_000;
const beginMs = Date.UTC(2026, 2, 2, 10);
const strategies = ['linear', 'exponential', 'canary', 'blue_green'] as const;

interface Tally {
  completed: number;
  rolledBack: number;
  harmfulCompleted: number;
  opened: number;
  closed: number;
  scheduled: number;
  commits: number;
}

it('would notice', () => {
  const world = prepare(chanceOf(1), 'linear');
  const overlay = heldIn(world, 'overlay', rolloutOverlayKey('r'))!;
  const wide = {
    ...overlay.document,
    patch: { serve: { variant: 'on' } },
    ranges: [{ from: 0, to: 10_001 }],
  };
  const planted: World = { ...world, documents: new Map(world.documents) };
  planted.documents.set('overlay/rollout:r', { ...overlay, document: wide });
  expect(() => checkExposure(planted)).toThrow('exposed is what the stage says');
  planted.documents.set('overlay/rollout:r2', { ...overlay, key: 'rollout:r2' });
  expect(() => checkExposure(planted)).toThrow('one overlay');
  const skipped = { ...rolloutOf(world), life: { ...rolloutOf(world).life!, stage: 2 } };
  const before = rolloutOf(world);
  const held = heldIn(world, 'rollout', 'r')!;
  world.documents.set('rollout/r', { ...held, document: skipped as unknown as JsonObject });
  const made = { commit: { step: 'progress', changes: [], author: '', reason: '' }, before: new Map() };
  expect(() => checkRolloutStep(world, before, made, true)).toThrow('broken in history');
});

it(`keeps its promises in ${histories} histories`, () => {
  const tally: Tally = {
    ...{ completed: 0, rolledBack: 0, harmfulCompleted: 0, opened: 0, closed: 0, scheduled: 0, commits: 0 },
  };
  for (let seed = 1; seed <= histories; seed += 1) live(seed, tally);
  // The histories are of all sorts.
  expect(tally.completed).toBeGreaterThan(histories / 20);
  expect(tally.rolledBack).toBeGreaterThan(histories / 4);
  expect(tally.opened).toBeGreaterThan(histories / 20);
  expect(tally.closed).toBeGreaterThan(histories / 100);
  expect(tally.scheduled).toBeGreaterThan(histories / 4);
  expect(tally.harmfulCompleted).toBeLessThan(histories / 100);
});

/** A promise that is asked for so often that it must cost nothing. */
function holds(condition: boolean, promise: string): void {
  if (!condition) throw new Error(`broken in history ${current}: ${promise}`);
}
let current = 0;

function live(seed: number, tally: Tally): void {
  current = seed;
  const chance = chanceOf(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(chance() * items.length)]!;
  const isHarmful = chance() < 0.4;
  const world = prepare(chance, pick(strategies));
  const traffic = {
    ...{ callsPerMinute: 600, errorRate: 0.01, slowRate: 0, slowRatio: 1 },
    ...{ errorRatio: isHarmful ? pick([3, 10, 50]) : 1, harmFromStage: isHarmful && chance() < 0.3 ? 1 : 0 },
  };
  let memory = emptyMemory();
  let written = emptyMemory();
  let stale: { readonly world: World; readonly memory: RunnerMemory } | undefined;
  let nowMs = beginMs;
  for (let look = 0; look < looks; look += 1) {
    nowMs += chance() < 0.03 ? pick([-600_000, 600_000, 3_600_000]) : lookMs;
    const mismatch = chance() < 0.15;
    const rollout = rolloutOf(world);
    const { stage = 0, percentage = 0 } = isExposing(rollout) ? rollout.life! : {};
    const window = { minutes: lookMs / 60_000, share: percentage / 100, stage };
    const drawn = drawCalls(chance, traffic, window, []);
    const view = {
      nowMs,
      observations: {
        ...drawn,
        readings: {},
        metrics: { metrics: {}, sampleRatioMismatch: mismatch },
        faults: [],
      },
      reports: reportsOf(world, chance, isHarmful && percentage > 0),
    };
    const intentions = [...intend(world, memory, view)];
    if (chance() < 0.05)
      stale = { world: { ...world, documents: new Map(world.documents) }, memory: { ...memory } };
    // A runner that was thought dead comes back, with what it saw then.
    if (stale !== undefined && chance() < 0.2) intentions.push(...intend(stale.world, stale.memory, view));
    const diesAt = chance() < 0.05 ? Math.floor(chance() * 3) : undefined;
    if (diesAt !== 0) written = { ...memory };
    if (diesAt !== undefined && diesAt < 2) {
      memory = { ...written };
      continue;
    }
    // The same commit is asked for again: an answer was lost.
    const asked = chance() < 0.2 ? [...intentions, ...intentions] : intentions;
    for (const intention of asked) commit(world, intention, nowMs, { mismatch, tally });
    if (chance() < 0.3) approve(world, nowMs);
    checkWayBack(world, nowMs);
  }
  const { life } = rolloutOf(world);
  if (life?.state === 'completed') tally.completed += 1;
  const reaches = traffic.harmFromStage < plannedStages(rolloutOf(world)).length;
  if (life?.state === 'completed' && isHarmful && reaches && traffic.errorRatio >= 10)
    tally.harmfulCompleted += 1;
  if (life?.state === 'rolled_back') tally.rolledBack += 1;
}

const rolloutOf = (world: World): Rollout => heldIn(world, 'rollout', 'r')!.document as unknown as Rollout;

function prepare(chance: Chance, strategy: Rollout['strategy']): World {
  const world = createWorld();
  const flag = {
    type: 'boolean',
    enabled: true,
    variants: { on: true, off: false },
    default: { variant: 'off' },
  };
  const rollout: Rollout = {
    target: { kind: 'flag', key: 'checkout' },
    variant: 'on',
    ...(chance() < 0.5 ? { control: 'off' } : {}),
    strategy,
    minimumMinutes: 1,
    ...(chance() < 0.3 ? { approvalFrom: 50 } : {}),
    health: [{ id: 'e', type: 'guarded_errors', rateMax: 0.02 }],
    completion: chance() < 0.5 ? 'ship' : 'keep',
  };
  const breaker: Breaker = {
    target: { kind: 'flag', key: 'pay' },
    fallback: 'off',
    openSeconds: 40,
    probeCalls: 20,
  };
  const at = new Date(beginMs + Math.floor(chance() * looks) * lookMs).toISOString();
  const schedule = { at, changes: [{ kind: 'segment', key: 's', document: { when: { op: 'true' } } }] };
  const documents = { 'flag/checkout': flag, 'flag/pay': flag, 'rollout/r': rollout, 'breaker/pay': breaker, 'schedule/s': schedule }; // prettier-ignore
  for (const [id, document] of Object.entries(documents)) {
    const [kind = '', key = ''] = id.split('/');
    world.revision += 1;
    const held = { kind, key, revision: world.revision, changedAtMs: beginMs };
    world.documents.set(id, { ...held, document: document as unknown as JsonObject });
  }
  const standing = { key: 'r', revision: heldIn(world, 'rollout', 'r')!.revision, rollout };
  const changes = startRollout(standing, { by: 'ada', atMs: beginMs, reasons: [] })!;
  commitTo(world, 'start', { step: 'start', changes, author: 'ada', reason: '' }, beginMs);
  return world;
}

/** Calls of the flag with the breaker fail for a while; some histories have breakers of the rollout's variant open. */
function reportsOf(world: World, chance: Chance, isHarmful: boolean): readonly CallReport[] {
  const breaker = heldIn(world, 'breaker', 'pay')!;
  const state = (breaker.document as unknown as Breaker).life?.state ?? 'closed';
  const fails = chance() < (state === 'closed' ? 0.03 : 0.1);
  const tripped = fails ? ['a', 'b'].slice(0, chance() < 0.7 ? 2 : 1) : [];
  const own = { variant: 'on', rule: 'default', revision: world.revision, criticals: 0, slow: [] };
  const reports: CallReport[] = [{ ...own, flagKey: 'pay', calls: 15, errors: fails ? 8 : 0, tripped }];
  if (isHarmful && chance() < 0.05)
    reports.push({ ...own, flagKey: 'checkout', rule: 'overlay:rollout:r', calls: 3, errors: 1, tripped: [], criticals: 1 }); // prettier-ignore
  return reports;
}

function approve(world: World, nowMs: number): void {
  const held = heldIn(world, 'rollout', 'r')!;
  const standing = { key: 'r', revision: held.revision, rollout: rolloutOf(world) };
  const stage = (standing.rollout.life?.stage ?? 0) + 1;
  const changes = approveStage(standing, stage, { by: 'bob', atMs: nowMs, reasons: [] });
  if (changes !== undefined)
    commitTo(
      world,
      `approve@${held.revision}`,
      { step: 'approve', changes, author: 'bob', reason: '' },
      nowMs,
    );
}

interface Judged {
  readonly mismatch: boolean;
  readonly tally: Tally;
}

function commit(
  world: World,
  { name, commit: wanted }: Intention,
  nowMs: number,
  { mismatch, tally }: Judged,
): void {
  const before = rolloutOf(world);
  const done = commitTo(world, name, wanted, nowMs);
  if (done === undefined) return;
  tally.commits += 1;
  if (name.startsWith('rollout:')) checkRolloutStep(world, before, done, mismatch);
  if (name.startsWith('breaker:')) checkBreaker(world, done, tally);
  if (name.startsWith('schedule:')) {
    tally.scheduled += 1;
    holds(heldIn(world, 'schedule', 's') === undefined, 'a schedule runs once');
  }
  checkExposure(world);
}

function checkRolloutStep(
  world: World,
  before: Rollout,
  { commit: made }: Committed,
  mismatch: boolean,
): void {
  const after = rolloutOf(world);
  const [was, is] = [before.life!, after.life!];
  holds(is.last.reasons.length > 0, 'a step has reasons');
  holds(is.last.evidence !== undefined, 'a step has evidence');
  if (made.step === 'progress') {
    holds(!mismatch, 'nothing begins on a sample ratio mismatch');
    holds(is.stage === was.stage + 1, 'one stage after the other');
    holds(was.state === 'running', 'only what runs goes on');
    // Whoever is in stays in.
    holds(is.ranges[0]!.from === was.ranges[0]!.from, 'whoever is in stays in');
    holds(is.ranges[0]!.to > was.ranges[0]!.to, 'a stage has more than the one before');
    const next = plannedStages(after)[is.stage]!;
    holds(
      !next.needsApproval || was.approvals?.some(({ stage }) => stage === is.stage) === true,
      'approvals are waited for',
    );
  }
  if (made.step === 'complete') {
    holds(!mismatch, 'nothing begins on a sample ratio mismatch');
    holds(was.stage === plannedStages(before).length - 1, 'it ends after its last stage');
  }
  if (made.step === 'roll_back')
    holds(heldIn(world, 'overlay', rolloutOverlayKey('r')) === undefined, 'rolled back is gone');
}

/** One overlay, of exactly the stage; none when nobody is to be exposed. */
function checkExposure(world: World): void {
  const { life, completion, variant } = rolloutOf(world);
  const overlays = [...world.documents.values()].filter(
    ({ kind, key }) => kind === 'overlay' && key.startsWith('rollout:'),
  );
  const isThere = isExposing(rolloutOf(world)) || (life?.state === 'completed' && completion === 'keep');
  holds(overlays.length === (isThere ? 1 : 0), 'one overlay, or none');
  for (const { document } of overlays) {
    const stage = plannedStages(rolloutOf(world))[life!.stage]!;
    const exposed = exposedBuckets(document as unknown as Overlay, variant);
    holds(exposed === stage.buckets, 'exposed is what the stage says');
  }
}

/** Whatever came before: one step, and nobody is exposed. */
function checkWayBack(world: World, nowMs: number): void {
  const held = heldIn(world, 'rollout', 'r')!;
  const rollout = rolloutOf(world);
  const changes = rollBack(
    { key: 'r', revision: held.revision, rollout },
    { by: 'ada', atMs: nowMs, reasons: [] },
  );
  holds((changes !== undefined) === isExposing(rollout), 'there is a way back');
  if (changes === undefined) return;
  const copy: World = { documents: new Map(world.documents), done: new Set(), revision: world.revision };
  commitTo(copy, 'back', { step: 'back', changes, author: '', reason: '' }, nowMs);
  holds(heldIn(copy, 'overlay', rolloutOverlayKey('r')) === undefined, 'the way back leads out');
}

function checkBreaker(world: World, { commit: made, before }: Committed, tally: Tally): void {
  const { life } = heldIn(world, 'breaker', 'pay')!.document as unknown as Breaker;
  const was = (before.get('breaker/pay')!.document as unknown as Breaker).life?.state ?? 'closed';
  const overlay = heldIn(world, 'overlay', breakerOverlayKey('pay'))?.document as unknown as
    Overlay | undefined;
  const from = { open: 'closed', probe: 'open', close: 'half_open', reopen: 'half_open' }[made.step];
  holds(was === from, 'a breaker takes one step after the other');
  holds((overlay !== undefined) === (life?.state !== 'closed'), 'an overlay while it is not closed');
  if (made.step === 'open') {
    tally.opened += 1;
    holds(
      /breakers of 2 instances opened|a breaker opened, \d+ units/.test(life?.reasons[0] ?? ''),
      'the fleet confirmed',
    );
  }
  if (made.step === 'probe') holds(overlay?.ranges[0]?.from === 1_000, 'few probe');
  if (made.step === 'close') tally.closed += 1;
}
