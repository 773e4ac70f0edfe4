// Applications that live through a recorded experiment again: several clients of @org/flags-node, each with its share of the
// users. Names of units are chosen so that the hash puts each user into the group it was in.
import { createClient, type EvaluationContext, type FlagsClient } from '@org/flags-node';
import { expect } from 'vitest';
import type { Laboratory } from './experiment-replay.ts';
import { closeLater } from './run.ts';

/** A user of the data set as the application knows it. */
export interface ReplayedUser {
  readonly context: EvaluationContext;
  readonly client: FlagsClient;
  /** Asks for the variant, as an application does before it shows something. */
  readonly meet: () => void;
}

/** All users, and the clients that serve them. */
export interface Replay {
  /** Calls `live` for each user of each client; flushes in steps that the bounded queues hold. */
  readonly live: (live: (user: ReplayedUser, index: number) => void) => Promise<void>;
}

const clientCount = 4;
/** Times at most four events per user: below the 10,000 events that a queue holds. */
const usersPerStep = 2_000;
const namesMax = 1_000;

/** Opens the clients; user `index` was shown `variants[index]` of the running experiment. */
export async function openReplay(
  { core, environment }: Laboratory,
  experiment: string,
  variants: readonly string[],
): Promise<Replay> {
  const open = (options = {}): FlagsClient =>
    closeLater(createClient({ url: core.grpcUrl, key: environment.sdkKey, ...options }));
  const clients = Array.from({ length: clientCount }, () => open());
  // Tells who gets what; nobody sees anything by it.
  const oracle = open({ exposures: false });
  // Nobody is exposed by asking for nobody.
  for (const client of [oracle, ...clients])
    await expect
      .poll(() => client.experiment(experiment).get({}).reason, { timeout: 60_000 })
      .toBe('NO_UNIT');
  const units = unitsFor(oracle, experiment, variants);
  return {
    async live(live) {
      await Promise.all(
        clients.map(async (client, lane) => {
          const handle = client.experiment(experiment);
          for (let from = 0; from < units.length; from += usersPerStep * clientCount) {
            const until = Math.min(units.length, from + usersPerStep * clientCount);
            for (let index = from + lane; index < until; index += clientCount) {
              const context = { targetingKey: units[index]! };
              const meet = (): void => {
                const { variant, reason } = handle.get(context);
                if (reason !== 'ASSIGNED' || variant !== variants[index])
                  throw new Error(`${units[index]!}: ${reason}, ${String(variant)}`);
              };
              live({ context, client, meet }, index);
            }
            await delivered(client);
          }
        }),
      );
      expect(clients.map(({ recording }) => recording)).toEqual(
        clients.map(() => ({ waiting: 0, dropped: {} })),
      );
    },
  };
}

async function delivered(client: FlagsClient): Promise<void> {
  const waiting = async (): Promise<number> => {
    await client.flush();
    return client.recording.waiting;
  };
  await expect.poll(waiting, { timeout: 120_000 }).toBe(0);
}

/** Counts a suffix up until the hash agrees with what was recorded. */
function unitsFor(oracle: FlagsClient, experiment: string, variants: readonly string[]): readonly string[] {
  const handle = oracle.experiment(experiment);
  return variants.map((variant, index) => {
    for (let suffix = 0; suffix < namesMax; suffix += 1) {
      const targetingKey = `user-${index}-${suffix}`;
      if (handle.get({ targetingKey }).variant === variant) return targetingKey;
    }
    throw new Error(`no name of user ${index} gets "${variant}"`);
  });
}
