// What the domain tells about itself, as metrics.
import type { ApplicationStatus } from '../application.ts';
import type { Measure } from './metrics.ts';

/** `pushConnected` is undefined where there is no push channel. */
export function applicationMeasures(
  status: ApplicationStatus,
  pushConnected: boolean | undefined,
): readonly Measure[] {
  return [
    {
      name: 'flags_store_ready',
      help: 'Whether the database takes reads and writes.',
      value: Number(status.store === 'ready'),
    },
    { name: 'flags_environments', help: 'Environments in memory.', value: status.environments },
    {
      name: 'flags_publisher_leader',
      help: 'Whether this core publishes.',
      value: Number(status.publisher === 'leader'),
    },
    {
      name: 'flags_runner_leader',
      help: 'Whether this core runs controllers.',
      value: Number(status.runner === 'leader'),
    },
    { name: 'flags_outbox_backlog', help: 'Revisions not published yet.', value: status.outboxBacklog },
    ...(status.sources === undefined || status.sources.length === 0 ? [] : sourceMeasures(status.sources)),
    {
      name: 'flags_alerts_firing',
      help: 'Alerts that fire, told by the core that runs controllers.',
      value: status.alertsFiring,
    },
    ...(pushConnected === undefined
      ? []
      : [
          {
            name: 'flags_push_connected',
            help: 'Whether the push channel is connected.',
            value: Number(pushConnected),
          },
        ]),
    ...Object.entries(status.counters).map(([name, value]) => ({
      name: `flags_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_total`,
      help: 'Counted by the domain.',
      value,
    })),
  ];
}

function sourceMeasures(sources: NonNullable<ApplicationStatus['sources']>): readonly Measure[] {
  const inState = (wanted: string): number => sources.filter(({ state }) => state === wanted).length;
  return [
    { name: 'flags_sources', help: 'Sources of documents that this core follows.', value: sources.length },
    {
      name: 'flags_sources_invalid',
      help: 'Sources that hold something wrong; what was live before stays.',
      value: inState('invalid'),
    },
    {
      name: 'flags_sources_unreachable',
      help: 'Sources that cannot be read.',
      value: inState('unreachable'),
    },
    {
      name: 'flags_source_documents',
      help: 'Documents that belong to sources.',
      value: sources.reduce((sum, { documents }) => sum + documents, 0),
    },
  ];
}
