// Alerts of an environment: how they stand, who is told nothing for a while, and whether channels work. The rules themselves are
// documents (kind "alert").
import type { Calls, ListOptions } from './calls.ts';
import { isMissingDocument, missing, stateError } from './document-errors.ts';
import type { Pages } from './pages.ts';
import { count, list, messageOf, optional, text, truth, type Message } from './read-messages.ts';
import type { CallOptions } from './transport.ts';

/** What was told to a channel. */
export interface AlertDelivery {
  readonly id: string;
  readonly channel: string;
  readonly event: 'firing' | 'still_firing' | 'resolved';
  readonly state: 'waiting' | 'delivered' | 'failed';
  readonly attempts: number;
  /** Why the last attempt did not work. */
  readonly problem: string;
  readonly createdAt: string;
}

/** How an alert stands. */
export interface AlertStatus {
  readonly key: string;
  readonly severity: 'info' | 'warning' | 'critical';
  /** Of its rule. */
  readonly type: string;
  /** `unknown`: it was not looked at yet. */
  readonly state: 'ok' | 'pending' | 'firing' | 'unknown';
  readonly since: string;
  readonly verdict: 'bad' | 'good' | 'unknown';
  /** In words, with numbers. */
  readonly text: string;
  readonly numbers: Readonly<Record<string, unknown>>;
  readonly lookedAt: string;
  readonly incident:
    | {
        readonly id: string;
        readonly startedAt: string;
        readonly acknowledgedBy: string;
        readonly acknowledgedAt: string;
      }
    | undefined;
  /** Empty: it is not silenced. */
  readonly silencedUntil: string;
  /** The latest ones; of one alert only, not of lists. */
  readonly deliveries: readonly AlertDelivery[];
  readonly paused: boolean;
  readonly flapping: boolean;
  readonly revision: number;
}

export interface AlertSilence {
  readonly id: string;
  /** Empty: all alerts. */
  readonly key: string;
  readonly from: string;
  readonly until: string;
  readonly author: string;
  readonly reason: string;
}

/** What became of a test message. */
export interface AlertTest {
  readonly channel: string;
  readonly delivered: boolean;
  readonly problem: string;
}

export interface AlertCalls {
  /** How alerts stand, by key. */
  list(options?: ListOptions & { readonly firingOnly?: boolean }): Pages<AlertStatus>;
  /** @throws NotFoundError */
  status(key: string, options?: CallOptions): Promise<AlertStatus>;
  /** Tells nobody until then, at most 30 days ahead; without a key of no alert at all. */
  silence(
    silence: {
      readonly key?: string;
      readonly until: Date;
      readonly reason?: string;
      readonly author?: string;
    },
    options?: CallOptions,
  ): Promise<AlertSilence>;
  /** @throws NotFoundError when it is over */
  endSilence(id: string, options?: CallOptions): Promise<void>;
  /** Those that hold, the longest first. */
  silences(options?: CallOptions): Promise<readonly AlertSilence[]>;
  /** It is not told again while this incident lasts. @throws WrongStateError when it does not fire */
  acknowledge(key: string, options?: CallOptions & { readonly author?: string }): Promise<AlertStatus>;
  /** Sends a test to the channels of an alert, or to one channel. */
  test(
    what: { readonly key: string } | { readonly channel: string },
    options?: CallOptions,
  ): Promise<readonly AlertTest[]>;
  /** Of the installation: names and types. */
  channels(options?: CallOptions): Promise<readonly { readonly name: string; readonly type: string }[]>;
}

export function alertCalls({ ask, make, pages }: Calls, author: string): AlertCalls {
  const named =
    (key: string) =>
    (error: unknown): never => {
      throw isMissingDocument(error) ? missing('alert', key, error) : stateError(error);
    };
  return {
    list: (options = {}) => pages('AlertService/ListAlerts', 'alerts', readAlert, { ...options }),
    status: async (key, options) =>
      readAlert(await ask('AlertService/GetAlert', { key }, options).catch(named(key))),
    silence: async ({ key = '', until, reason = '', author: other = author }, options) => {
      const request = { key, until: until.toISOString(), reason, author: other };
      return readSilence(await make('AlertService/SilenceAlert', request, options).catch(named(key)));
    },
    endSilence: async (id, options) => void (await ask('AlertService/EndSilence', { id }, options)),
    silences: async (options) =>
      list((await ask('AlertService/ListSilences', {}, options))['silences'], readSilence),
    acknowledge: async (key, { author: other = author, ...options } = {}) => {
      const request = { key, author: other };
      return readAlert(await ask('AlertService/AcknowledgeAlert', request, options).catch(named(key)));
    },
    test: async (what, options) =>
      list(
        (await make('AlertService/TestAlert', { key: '', channel: '', ...what }, options))['tests'],
        readTest,
      ),
    channels: async (options) =>
      list((await ask('AlertService/ListAlertChannels', {}, options))['channels'], ({ name, type }) => ({
        name: text(name),
        type: text(type),
      })),
  };
}

const readDelivery = (from: Message): AlertDelivery => ({
  id: text(from['id']),
  channel: text(from['channel']),
  event: text(from['event']) as AlertDelivery['event'],
  state: text(from['state']) as AlertDelivery['state'],
  attempts: count(from['attempts']),
  problem: text(from['problem']),
  createdAt: text(from['createdAt']),
});

const readAlert = (from: Message): AlertStatus => ({
  key: text(from['key']),
  severity: text(from['severity']) as AlertStatus['severity'],
  type: text(from['type']),
  state: text(from['state']) as AlertStatus['state'],
  since: text(from['since']),
  verdict: text(from['verdict']) as AlertStatus['verdict'],
  text: text(from['text']),
  numbers: messageOf(from['numbers']),
  lookedAt: text(from['lookedAt']),
  incident: optional(from['incident'], (incident) => ({
    id: text(incident['id']),
    startedAt: text(incident['startedAt']),
    acknowledgedBy: text(incident['acknowledgedBy']),
    acknowledgedAt: text(incident['acknowledgedAt']),
  })),
  silencedUntil: text(from['silencedUntil']),
  deliveries: list(from['deliveries'], readDelivery),
  paused: truth(from['paused']),
  flapping: truth(from['flapping']),
  revision: count(from['revision']),
});

const readSilence = (from: Message): AlertSilence => ({
  id: text(from['id']),
  key: text(from['key']),
  from: text(from['from']),
  until: text(from['until']),
  author: text(from['author']),
  reason: text(from['reason']),
});

const readTest = (from: Message): AlertTest => ({
  channel: text(from['channel']),
  delivered: truth(from['delivered']),
  problem: text(from['problem']),
});
