// What the domain is made of: every part and setting that `createApplication` takes. Types only.
import type { TellDefinitions } from '../analytics/tell-definitions.ts';
import type { AnalyticsPort, PushAccess } from '../application.ts';
import type { Channels } from '../notify/channels.ts';
import type { AlertIntervals } from '../runner/alerts/alert-jobs.ts';
import type { DatabaseClock } from '../store/lease-store.ts';
import type { OlderSdk } from './commit/older-sdks.ts';
import type { LogWriter } from './events/jetstream-event-sink.ts';
import type { OpenedSource } from '../sources/source-jobs.ts';
import type { PolicyRule } from './policy/policy-rules.ts';
import type { DeltaPublisher, Logger, RandomBytes, Runtime } from './ports.ts';

/** What the domain is made of. */
export interface ApplicationOptions {
  /** "postgres://…", or the path of a SQLite file. */
  readonly databaseUrl: string;
  readonly runtime: Runtime;
  readonly randomBytes: RandomBytes;
  readonly logger: Logger;
  /** The push channel, where there is one. */
  readonly publisher?: DeltaPublisher | undefined;
  readonly push?: PushAccess | undefined;
  /** The event log where it lies in NATS; else it lies in the database. */
  readonly eventLog?: LogWriter | undefined;
  /** The analytics process, where there is one. */
  readonly analytics?:
    | (AnalyticsPort & {
        readonly tell: readonly TellDefinitions[];
        readonly logPosition?: () => Promise<number>;
      })
    | undefined;
  /** How long the event log in the database is kept, at least; undefined: for ever. */
  readonly eventLogRetentionMs?: number | undefined;
  /** Between two looks at what of it may go; for tests. */
  readonly trimIntervalMs?: number | undefined;
  /** Between two looks at experiments that decide by themselves; for tests. */
  readonly decisionIntervalMs?: number | undefined;
  /** Hosts and networks that rules may ask though they are not public (FLAGS_OUTBOUND_ALLOW). */
  readonly outboundAllow?: readonly string[] | undefined;
  /** Who can be told of alerts (FLAGS_ALERT_CHANNELS_FILE). */
  readonly alertChannels?: Channels | undefined;
  /** For tests. */
  readonly alertIntervals?: AlertIntervals | undefined;
  /** Where documents come from besides callers. */
  readonly sources?: readonly OpenedSource[] | undefined;
  /** Between two looks at rollouts and breakers; for tests. */
  readonly healthIntervalMs?: number | undefined;
  /** Between two readings of a rule that asks somebody; for tests. */
  readonly readingIntervalMs?: number | undefined;
  /** The first admin's key, instead of a random one. */
  readonly bootstrapAdminKey?: string | undefined;
  /** The clock of leases and schedules, instead of the database's; for tests. */
  readonly databaseClock?: DatabaseClock | undefined;
  /** SDKs of earlier releases: nothing is committed that they cannot evaluate. */
  readonly olderSdks?: readonly OlderSdk[] | undefined;
  /** The rules of the installation (FLAGS_POLICY_FILE). */
  readonly policyRules?: readonly PolicyRule[] | undefined;
  /** Between two looks at change requests whose time comes; for tests. */
  readonly changeRequestIntervalMs?: number | undefined;
  /** FLAGS_FAILPOINTS. */
  readonly failpoints?: string | undefined;
}
