// A core that is none, for simulations: documents with revisions, commits that happen once, and a runner that can die between
// any two of its steps, come back with what was written, or go on as a stale one beside the next.
import type { Breaker, JsonObject, Overlay, Rollout, Schedule } from '@org/contract/model';
import { addReports, confirmedAlarms, noAlarms, type AlarmStatus } from '../breaker/alarms.ts';
import type { CallReport } from '../breaker/call-report.ts';
import { stepBreaker, type BreakerStatus } from '../breaker/step.ts';
import type { ControllerCommit, Subject } from '../controller.ts';
import { overlayRule } from '../breaker/call-report.ts';
import { rolloutOverlayKey } from '../rollout/overlay.ts';
import type { RolloutObservations, RolloutStatus } from '../rollout/status.ts';
import { stepRollout } from '../rollout/step.ts';
import { scheduledChange } from '../scheduled-change.ts';

export interface Held {
  readonly kind: string;
  readonly key: string;
  readonly revision: number;
  readonly changedAtMs: number;
  readonly document: JsonObject;
}

/** What everybody sees. */
export interface World {
  readonly documents: Map<string, Held>;
  readonly done: Set<string>;
  revision: number;
}

export const createWorld = (): World => ({ documents: new Map(), done: new Set(), revision: 0 });

const idOf = (kind: string, key: string): string => `${kind}/${key}`;
export const heldIn = ({ documents }: World, kind: string, key: string): Held | undefined =>
  documents.get(idOf(kind, key));

/** What a commit came to. */
export interface Committed {
  readonly commit: ControllerCommit;
  readonly before: ReadonlyMap<string, Held>;
}

/** All or nothing, once; undefined when it was done before or somebody was faster. */
export function commitTo(
  world: World,
  name: string,
  commit: ControllerCommit,
  nowMs: number,
): Committed | undefined {
  if (world.done.has(name)) return undefined;
  const fits = commit.changes.every(
    ({ kind, key, expectedDocumentRevision }) =>
      expectedDocumentRevision === undefined ||
      (heldIn(world, kind, key)?.revision ?? 0) === expectedDocumentRevision,
  );
  if (!fits) return undefined;
  const before = new Map(world.documents);
  world.done.add(name);
  world.revision += 1;
  for (const { kind, key, document } of commit.changes) {
    if (document === null) world.documents.delete(idOf(kind, key));
    else
      world.documents.set(idOf(kind, key), {
        ...{ kind, key, document },
        revision: world.revision,
        changedAtMs: nowMs,
      });
  }
  return { commit, before };
}

/** What a runner knows; what of it is written survives it. */
export interface RunnerMemory {
  rollout?: RolloutStatus | undefined;
  breaker?: BreakerStatus | undefined;
  alarms: AlarmStatus;
}

export const emptyMemory = (): RunnerMemory => ({ alarms: noAlarms });

/** What a runner sees in one look. */
export interface Look {
  readonly nowMs: number;
  readonly observations: Omit<RolloutObservations, 'alarms' | 'target' | 'refusals'>;
  readonly reports: readonly CallReport[];
}

const subjectOf = <Spec>(held: Held): Subject<Spec> => ({
  key: held.key,
  revision: held.revision,
  changedAtMs: held.changedAtMs,
  spec: held.document as unknown as Spec,
});

/** A commit that a runner is about to make. */
export interface Intention {
  readonly name: string;
  readonly commit: ControllerCommit;
}

/** Looks at everything in a world as it was seen; answers with what is to be committed. Changes the memory. */
export function intend(seen: World, memory: RunnerMemory, look: Look): readonly Intention[] {
  const { nowMs, reports } = look;
  memory.alarms = addReports(memory.alarms, reports, nowMs);
  const alarms = confirmedAlarms(memory.alarms);
  const intentions: Intention[] = [];
  const add = (kind: string, held: Held, commits: readonly ControllerCommit[]): void => {
    for (const commit of commits)
      intentions.push({ name: `${kind}:${held.key}@${held.revision}:${commit.step}`, commit });
  };
  for (const held of seen.documents.values()) {
    if (held.kind === 'rollout') {
      const own = overlayRule(rolloutOverlayKey(held.key));
      const flag = heldIn(seen, 'flag', 'checkout');
      const step = stepRollout(
        subjectOf<Rollout>(held),
        memory.rollout,
        {
          ...look.observations,
          refusals: [],
          alarms: alarms
            .filter(({ rule, revision }) => rule === own && revision >= (memory.rollout?.sinceRevision ?? 0))
            .map(({ text }) => text),
          target: flag && { document: flag.document, revision: flag.revision },
        },
        nowMs,
      );
      memory.rollout = step.status;
      add('rollout', held, step.commits);
    }
    if (held.kind === 'breaker') {
      const step = stepBreaker(subjectOf<Breaker>(held), memory.breaker, { reports, alarms }, nowMs);
      memory.breaker = step.status;
      add('breaker', held, step.commits);
    }
    if (held.kind === 'schedule') {
      const { commits } = scheduledChange.step(subjectOf<Schedule>(held), { refusals: [] }, nowMs);
      add('schedule', held, commits);
    }
  }
  return intentions;
}

/** Buckets of the overlay in which units get the variant. */
export function exposedBuckets({ patch, ranges }: Overlay, variant: string): number {
  const { serve } = patch as { readonly serve: { readonly variant?: string; readonly split?: never } };
  const held = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  if ('variant' in serve) return serve.variant === variant ? held : 0;
  const { weights } = (serve as unknown as { split: { weights: { variant: string; weight: number }[] } })
    .split;
  return weights.find((each) => each.variant === variant)?.weight ?? 0;
}
