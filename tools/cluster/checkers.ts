// The guarantees (docs/spec/guarantees.md) as pure functions over a history: each returns what breaks it. Tested with
// planted violations; a checker that finds nothing in them is worth nothing.
import type { Breach, History, Sighting } from './history.ts';

type Checker = (history: History) => readonly Breach[];

const breach = (guarantee: string, detail: string): Breach => ({ guarantee, detail });

/** Each client's revisions only grow within a history: no step back, nothing seen twice. */
export const ordered: Checker = ({ sightings }) =>
  pairsByClient(sightings).flatMap(([before, after]) => {
    if (before.historyId !== after.historyId || after.revision > before.revision) return [];
    const what = after.revision === before.revision ? 'twice' : `after ${String(before.revision)}`;
    return [breach('Ordered', `${after.client} saw revision ${String(after.revision)} ${what}`)];
  });

/** No client skips a revision. Only for runs without faults: a repair by snapshot may skip. */
export const noGap: Checker = ({ sightings }) =>
  pairsByClient(sightings).flatMap(([before, after]) =>
    before.historyId === after.historyId && after.revision > before.revision + 1
      ? [breach('NoGap', `${after.client} went from ${String(before.revision)} to ${String(after.revision)}`)]
      : [],
  );

/** The pair of flags, set together, is seen together. */
export const atomic: Checker = ({ sightings }) =>
  sightings.flatMap(({ client, revision, first, second }) =>
    first === second
      ? []
      : [
          breach(
            'Atomic',
            `${client} saw ${String(first)} and ${String(second)} at revision ${String(revision)}`,
          ),
        ],
  );

/** What a client sees at a revision is what the core committed at it: no revision that was not committed. */
export const noPhantom: Checker = ({ sightings, core }) =>
  sightings.flatMap(({ client, revision, first }) => {
    if (revision > core.revision)
      return [breach('NoPhantom', `${client} saw ${String(revision)} beyond the head`)];
    const number = core.numbers.get(revision);
    return number === undefined || number === first
      ? []
      : [
          breach(
            'NoPhantom',
            `${client} saw ${String(first)} at ${String(revision)}, committed was ${String(number)}`,
          ),
        ];
  });

/** Every acknowledged commit is in the core's history, at the acknowledged revision. */
export const nothingLost: Checker = ({ commits, core }) =>
  commits.flatMap(({ number, revision }) => {
    if (revision === undefined || core.numbers.get(revision) === number) return [];
    const found = core.numbers.get(revision);
    return [
      breach(
        'NothingLost',
        `${String(number)} was acknowledged as ${String(revision)}, which holds ${String(found)}`,
      ),
    ];
  });

/** No commit took effect twice, however often it was repeated. */
export const atMostOnce: Checker = ({ core }) => {
  const revisions = new Map<number, number>();
  const breaches: Breach[] = [];
  for (const [revision, number] of core.numbers) {
    const earlier = revisions.get(number);
    if (earlier !== undefined) {
      breaches.push(
        breach('AtMostOnce', `${String(number)} was committed as ${String(earlier)} and ${String(revision)}`),
      );
    }
    revisions.set(number, revision);
  }
  return breaches;
};

/** Revisions are 1, 2, 3 … */
export const gapless: Checker = ({ core }) => {
  const revisions = [...core.numbers.keys()].sort((left, right) => left - right);
  return revisions.flatMap((revision, index) => {
    const before = revisions[index - 1];
    return before === undefined || revision === before + 1
      ? []
      : [breach('Gapless', `the core's history has ${String(before)}, then ${String(revision)}`)];
  });
};

/** When all is over every client runs the core's head and has its hash. */
export const converged: Checker = ({ finals, core }) =>
  finals.flatMap(({ client, revision, hash }) =>
    revision === core.revision && hash === core.hash
      ? []
      : [
          breach(
            'Converged',
            `${client} ended at ${String(revision)} (${hash}), the core at ${String(core.revision)} (${core.hash})`,
          ),
        ],
  );

/** What must hold in every run, whatever the faults were. */
export const alwaysGuaranteed: readonly Checker[] = [
  ordered,
  atomic,
  noPhantom,
  nothingLost,
  atMostOnce,
  gapless,
  converged,
];

/** Everything that breaks one of the guarantees. */
export function check(history: History, checkers: readonly Checker[] = alwaysGuaranteed): readonly Breach[] {
  return checkers.flatMap((checker) => checker(history));
}

function pairsByClient(sightings: readonly Sighting[]): readonly (readonly [Sighting, Sighting])[] {
  const last = new Map<string, Sighting>();
  const pairs: (readonly [Sighting, Sighting])[] = [];
  for (const sighting of sightings) {
    const before = last.get(sighting.client);
    if (before !== undefined) pairs.push([before, sighting]);
    last.set(sighting.client, sighting);
  }
  return pairs;
}
