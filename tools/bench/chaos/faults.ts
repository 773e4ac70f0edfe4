// The faults of bench:chaos: each leaves the installation whole again; what follows is the clients' recovery.
import { setTimeout as pause } from 'node:timers/promises';
import type { Faults } from '@org/tools/cluster/faulty-proxy';
import type { Installation } from './installation.ts';

/** One way to harm an installation. */
export interface Fault {
  readonly name: string;
  readonly harm: (installation: Installation) => Promise<void>;
}

/** Long enough that every time-out on the way has struck. */
const freezeMs = 20_000;
const shortMs = 3_000;

/** In the order they are done. */
export const faults: readonly Fault[] = [
  { name: 'none', harm: () => pause(shortMs) },
  { name: 'nats-server killed', harm: ({ nats }) => killAndRestart(nats) },
  { name: 'nats-server frozen 20 s', harm: ({ nats }) => freeze(nats) },
  { name: 'PostgreSQL killed', harm: ({ postgres }) => killAndRestart(postgres) },
  { name: 'core killed', harm: ({ cores: [core] }) => killAndRestart(core) },
  { name: 'core frozen 20 s', harm: ({ cores: [core] }) => freeze(core) },
  {
    name: 'clients blocked 8 s',
    harm: async ({ hosts }) => void (await Promise.all(hosts.map((host) => host.block(8_000)))),
  },
  { name: 'all links cut', harm: async ({ links }) => void links.forEach((link) => link.cut()) },
  { name: 'links silent 20 s', harm: (installation) => spoil(installation, { halfOpen: true }, freezeMs) },
  { name: 'links lose 10 %', harm: (installation) => spoil(installation, { lossShare: 0.1 }, freezeMs) },
  { name: 'links damage 10 %', harm: (installation) => spoil(installation, { corruptShare: 0.1 }, freezeMs) },
  {
    name: 'links late by 0.2 to 0.7 s',
    harm: (installation) => spoil(installation, { delayMs: 200, jitterMs: 500 }, freezeMs),
  },
  {
    name: 'everything killed',
    harm: async ({ nats, postgres, cores }) => {
      await Promise.all([nats, postgres, ...cores].map((one) => one.kill()));
      await pause(shortMs);
      await Promise.all([nats.restart(), postgres.restart()]);
      await Promise.all(cores.map((core) => core.restart()));
    },
  },
];

async function killAndRestart(server: { kill(): Promise<void>; restart(): Promise<void> }): Promise<void> {
  await pause(shortMs);
  await server.kill();
  await pause(shortMs);
  await server.restart();
}

async function freeze(server: { pause(): void; resume(): void }): Promise<void> {
  await pause(shortMs);
  server.pause();
  await pause(freezeMs);
  server.resume();
}

async function spoil({ links }: Installation, faultsOfLinks: Faults, durationMs: number): Promise<void> {
  for (const link of links) link.setFaults(faultsOfLinks);
  await pause(durationMs);
  for (const link of links) link.setFaults({});
}
