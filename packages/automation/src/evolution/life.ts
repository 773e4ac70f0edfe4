// Changes of a program's life: start, stop, approve, and what every step writes. Pure.
import type { Genome } from '@org/evolution';
import type {
  Evolution,
  EvolutionEntry,
  EvolutionFate,
  EvolutionLife,
  JsonObject,
  TriedCandidate,
} from '@org/contract/model';
import type { ControllerChange, ControllerCommit, Subject } from '../controller.ts';
import { evolutionOverlayKey, holdbackOverlayKey, overlayChange } from './overlays.ts';

/** Who did something, when and why. */
export interface EvolutionNote {
  readonly by: string;
  readonly atMs: number;
  readonly reasons: readonly string[];
}

export const controllerName = 'controller:evolution';

/** One step as it is written down. */
export const entryOf = (
  action: string,
  { by, atMs, reasons }: EvolutionNote,
  evidence?: JsonObject,
): EvolutionEntry => ({
  at: new Date(atMs).toISOString(),
  ...{ by, action, reasons },
  ...(evidence === undefined ? {} : { evidence }),
});

/** The life of a program that begins now; its genome is the config's. */
export const startedLife = (start: Genome, note: EvolutionNote): EvolutionLife => ({
  state: 'running',
  startedAt: new Date(note.atMs).toISOString(),
  startedBy: note.by,
  start,
  generation: 0,
  phases: 0,
  tried: [],
  accepted: [],
  confirmations: [],
  liveEffect: 0,
  lostConversions: 0,
  last: entryOf('start', note),
});

/** The changes that stop a program: no unit has a candidate any more, what was committed stays. */
export function stopChanges(
  { key, revision, spec }: Pick<Subject<Evolution>, 'key' | 'revision' | 'spec'>,
  note: EvolutionNote,
): readonly ControllerChange[] | undefined {
  const { life } = spec;
  if (life?.state !== 'running') return undefined;
  const next: EvolutionLife = {
    ...withoutTrial(life, 'abandoned'),
    state: 'stopped',
    last: entryOf('stop', note),
  };
  const { holdback: _, ...ended } = next;
  return [
    documentChange({ key, revision, spec }, ended),
    ...(life.trial === undefined ? [] : [overlayChange(evolutionOverlayKey(key), undefined)]),
    ...(life.holdback === undefined ? [] : [overlayChange(holdbackOverlayKey(key), undefined)]),
  ];
}

/** The change that lets a waiting candidate take a slot, or a confirmed one be committed. */
export function approveChanges(
  subject: Pick<Subject<Evolution>, 'key' | 'revision' | 'spec'>,
  candidate: string,
  note: EvolutionNote,
): readonly ControllerChange[] | undefined {
  const { life } = subject.spec;
  if (life?.state !== 'running' || life.waiting?.includes(candidate) !== true) return undefined;
  const at = new Date(note.atMs).toISOString();
  const approved = [...(life.approved ?? []), { candidate, by: note.by, at }];
  return [documentChange(subject, { ...life, approved, last: entryOf('approve', note) })];
}

/** The document with another life. */
export const documentChange = (
  { key, revision, spec }: Pick<Subject<Evolution>, 'key' | 'revision' | 'spec'>,
  life: EvolutionLife,
): ControllerChange => ({
  kind: 'evolution',
  key,
  document: { ...spec, life } as unknown as JsonObject,
  expectedDocumentRevision: revision,
});

/**
 * The life without a trial; its candidates get a fate unless they have one. A confirmation that ends early has spent its level:
 * it was looked at, and could have committed.
 */
export function withoutTrial(life: EvolutionLife, fate: EvolutionFate): EvolutionLife {
  const { trial, ...rest } = life;
  const [confirmed] = trial?.phase === 'confirmation' ? trial.arms : [];
  const spent =
    confirmed === undefined ? [] : [{ candidate: confirmed.candidate, level: trial?.level ?? 0, p: 1 }];
  const ids = new Set(trial?.arms.map(({ candidate }) => candidate));
  return {
    ...rest,
    confirmations: [...life.confirmations, ...spent],
    tried: life.tried.map((each) => (ids.has(each.id) && each.fate === 'trying' ? { ...each, fate } : each)),
  };
}

/** The life with candidates changed. */
export const withTried = (
  life: EvolutionLife,
  change: (each: TriedCandidate) => TriedCandidate,
): EvolutionLife => ({ ...life, tried: life.tried.map(change) });

/** A commit of the controller. */
export const commitOf = (
  step: string,
  changes: readonly ControllerChange[],
  reasons: readonly string[],
  isUrgent = false,
): ControllerCommit => ({
  step,
  changes,
  author: controllerName,
  reason: reasons.join(' ').slice(0, 1_000),
  ...(isUrgent ? { urgent: true } : {}),
});
