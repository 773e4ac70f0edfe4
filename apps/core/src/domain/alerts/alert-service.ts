// The use cases of AlertService, for callers that were authorised. How alerts stand, the runner knows; who is told for how long
// nothing, and whether channels work, is settled here.
import { isFlapping, type AlertStatus as KnownStatus, type StandingAlert } from '@org/automation';
import { fail, succeed, type Result, type Violation } from '@org/contract';
import type {
  AlertDelivery,
  AlertSilence,
  AlertStatus,
  AlertTest,
  SilenceAlertRequest,
} from '@org/contract/gen/flags/v1/alert_service';
import type { Application, EnvironmentGrant } from '../../application.ts';
import type { AlertMessage } from '../../notify/message.ts';
import type { Notifier } from '../../notify/notifier.ts';
import {
  endSilence,
  readAcknowledgements,
  readDeliveries,
  readSilences,
  writeAcknowledgement,
  writeSilence,
  type AcknowledgementRow,
  type DeliveryRow,
  type SilenceRow,
} from '../../store/alert-store.ts';
import { readStatus } from '../../store/controller-store.ts';
import type { DatabaseClock } from '../../store/lease-store.ts';
import type { SqlDriver, SqlSession } from '../../store/sql-driver.ts';
import { attempt } from '../../store/store-error.ts';
import { pageOf } from '../access/pages.ts';
import { committerOf } from '../commit/commands.ts';
import { optionalTimestampOf, timestampOf } from '../environment/encoded.ts';
import type { Replica } from '../environment/replica.ts';
import type { Runtime } from '../ports.ts';
import { alertsOf } from './watched-subjects.ts';

export interface AlertServiceOptions {
  readonly driver: SqlDriver;
  readonly clock: DatabaseClock;
  readonly runtime: Pick<Runtime, 'newId'>;
  readonly notifier: Notifier;
  replica(environmentId: string): Replica | undefined;
  /** project/environment. */
  nameOf(environmentId: string): string;
}

const deliveriesShown = 20;
const silenceMsMax = 30 * 24 * 60 * 60_000;
const textCharsMax = 1_000;

/** Makes the use cases. */
export function createAlertService(options: AlertServiceOptions): Application['alerts'] {
  const { driver, clock } = options;
  const standing = ({ environmentId }: EnvironmentGrant): readonly StandingAlert[] => {
    const documents = options.replica(environmentId)?.state.documents;
    return documents === undefined ? [] : alertsOf(documents).toSorted((a, b) => (a.key < b.key ? -1 : 1));
  };
  const one = (grant: EnvironmentGrant, key: string): Result<StandingAlert> => {
    const found = standing(grant).find((alert) => alert.key === key);
    return found === undefined ? fail('NOT_FOUND', 'There is no such alert.') : succeed(found);
  };
  const statusOf = async (
    { environmentId }: EnvironmentGrant,
    alert: StandingAlert,
    shared: Shared,
    deliveries: number,
  ): Promise<AlertStatus> => {
    const known = (await readStatus(driver, environmentId, 'alert', alert.key)) as KnownStatus | undefined;
    const told = deliveries === 0 ? [] : await readDeliveries(driver, environmentId, alert.key, deliveries);
    return statusMessage(alert, known, shared, told);
  };
  const get = (grant: EnvironmentGrant, key: string): Promise<Result<AlertStatus>> | Result<AlertStatus> => {
    const found = one(grant, key);
    if (!found.ok) return found;
    return attempt(async () =>
      statusOf(grant, found.value, await readShared(options, grant.environmentId), deliveriesShown),
    );
  };
  return {
    async list(grant, page) {
      const all = standing(grant);
      return settle(
        await attempt(async () => {
          const shared = await readShared(options, grant.environmentId);
          const cut = pageOf(all, ({ key }) => key, page);
          if (!cut.ok) return cut;
          const alerts = [];
          for (const alert of cut.value.items) alerts.push(await statusOf(grant, alert, shared, 0));
          const shown = page.firingOnly ? alerts.filter(({ state }) => state === 'firing') : alerts;
          return succeed({ alerts: shown, nextPageToken: cut.value.nextPageToken });
        }),
      );
    },
    get: async (grant, key) => get(grant, key),
    async acknowledge(grant, { key, author }) {
      const before = await get(grant, key);
      if (!before.ok) return before;
      const { incident } = before.value;
      if (incident === undefined) return fail('WRONG_STATE', 'The alert does not fire.');
      const written = await attempt(async () => {
        const atMs = await clock(driver);
        const { environmentId } = grant;
        const row = { environmentId, incidentId: incident.id, author: authorOf(grant, author), atMs };
        await driver.transaction((session) => writeAcknowledgement(session, row));
      });
      return written.ok ? get(grant, key) : written;
    },
    ...silenceMethods(options, one),
    ...channelMethods(options, one),
  };
}

type FindAlert = (grant: EnvironmentGrant, key: string) => Result<StandingAlert>;

function silenceMethods(
  { driver, clock, runtime }: AlertServiceOptions,
  one: FindAlert,
): Pick<Application['alerts'], 'silence' | 'endSilence' | 'silences'> {
  return {
    async silence(grant, request) {
      const found = request.key === '' ? undefined : one(grant, request.key);
      if (found !== undefined && !found.ok) return found;
      const nowMs = await attempt(() => clock(driver));
      if (!nowMs.ok) return nowMs;
      const violations = checkSilence(request, nowMs.value);
      if (violations.length > 0)
        return fail('INVALID_REQUEST', 'This cannot be silenced so.', { violations });
      const row: SilenceRow = {
        environmentId: grant.environmentId,
        id: runtime.newId(),
        key: request.key,
        fromMs: nowMs.value,
        untilMs: msOf(request.until),
        author: authorOf(grant, request.author),
        reason: request.reason,
      };
      const written = await attempt(() => driver.transaction((session) => writeSilence(session, row)));
      return written.ok ? succeed(silenceMessage(row)) : written;
    },
    async endSilence({ environmentId }, id) {
      const ended = await attempt(async () => {
        const nowMs = await clock(driver);
        return driver.transaction((session) => endSilence(session, environmentId, id, nowMs));
      });
      if (!ended.ok) return ended;
      return ended.value ? succeed({}) : fail('NOT_FOUND', 'There is no such silence.');
    },
    silences: ({ environmentId }) =>
      attempt(async () => ({
        silences: (await readSilences(driver, environmentId, await clock(driver))).map(silenceMessage),
      })),
  };
}

function channelMethods(
  { driver, clock, runtime, notifier, nameOf }: AlertServiceOptions,
  one: FindAlert,
): Pick<Application['alerts'], 'test' | 'channels'> {
  return {
    async test(grant, { key, channel }) {
      if ((key === '') === (channel === '')) {
        const violations = [{ field: 'key', rule: 'one_of', message: 'Either an alert or a channel.' }];
        return fail('INVALID_REQUEST', 'What is to be tested?', { violations });
      }
      const found = key === '' ? succeed(unnamed(channel)) : one(grant, key);
      if (!found.ok) return found;
      if (channel !== '' && !notifier.channels.has(channel))
        return fail('NOT_FOUND', 'There is no such channel.');
      const nowMs = await attempt(() => clock(driver));
      if (!nowMs.ok) return nowMs;
      const message = testMessage(found.value, runtime.newId(), nowMs.value, nameOf(grant.environmentId));
      const tests = await Promise.all(
        found.value.alert.channels.map(async (name): Promise<AlertTest> => {
          const told = await notifier.tell(name, message);
          return { channel: name, delivered: told.ok, problem: told.ok ? '' : told.problem };
        }),
      );
      return succeed({ tests });
    },
    channels: async () =>
      succeed({ channels: [...notifier.channels].map(([name, { type }]) => ({ name, type })) }),
  };
}

/** A result inside a result. */
const settle = <T>(result: Result<Result<T>>): Result<T> => (result.ok ? result.value : result);

/** What every alert of an environment is shown with. */
interface Shared {
  readonly silences: readonly SilenceRow[];
  readonly acknowledged: ReadonlyMap<string, AcknowledgementRow>;
}

async function readShared({ driver, clock }: AlertServiceOptions, environmentId: string): Promise<Shared> {
  const session: SqlSession = driver;
  const rows = await readAcknowledgements(session, environmentId);
  return {
    silences: await readSilences(session, environmentId, await clock(driver)),
    acknowledged: new Map(rows.map((row) => [row.incidentId, row])),
  };
}

const msOf = (until: SilenceAlertRequest['until']): number =>
  until === undefined ? NaN : until.seconds * 1000 + Math.floor(until.nanos / 1e6);

function checkSilence({ until, author, reason }: SilenceAlertRequest, nowMs: number): readonly Violation[] {
  const untilMs = msOf(until);
  const violations: Violation[] = [];
  if (!(untilMs > nowMs && untilMs <= nowMs + silenceMsMax))
    violations.push({
      field: 'until',
      rule: 'range',
      message: 'A time within the next 30 days is expected.',
    });
  for (const [field, text] of Object.entries({ author, reason }))
    if (text.length > textCharsMax)
      violations.push({ field, rule: 'max_length', message: `At most ${textCharsMax} characters.` });
  return violations;
}

const authorOf = ({ caller }: EnvironmentGrant, author: string): string =>
  (author === '' ? committerOf(caller).principalName : author).slice(0, textCharsMax);

const silenceMessage = ({ id, key, fromMs, untilMs, author, reason }: SilenceRow): AlertSilence => ({
  ...{ id, key, author, reason },
  from: timestampOf(fromMs),
  until: timestampOf(untilMs),
});

const unnamed = (channel: string): StandingAlert => ({
  key: 'test',
  revision: 0,
  alert: { rule: { type: 'breaker' }, severity: 'info', channels: [channel] },
});

const testMessage = (
  { key, alert }: StandingAlert,
  id: string,
  nowMs: number,
  environment: string,
): AlertMessage => ({
  id: `test:${id}`,
  event: 'test',
  alert: { key, severity: alert.severity ?? 'warning', type: alert.rule.type },
  environment,
  incident: `test:${id}`,
  startedAt: new Date(nowMs).toISOString(),
  text: 'A test: nothing is wrong.',
  numbers: {},
});

function statusMessage(
  { key, revision, alert }: StandingAlert,
  known: KnownStatus | undefined,
  { silences, acknowledged }: Shared,
  told: readonly DeliveryRow[],
): AlertStatus {
  const silence = silences.find((each) => each.key === '' || each.key === key);
  const { incident } = known ?? {};
  const acknowledgement = incident && acknowledged.get(incident.id);
  return {
    key,
    severity: alert.severity ?? 'warning',
    type: alert.rule.type,
    state: known?.state ?? 'unknown',
    since: optionalTimestampOf(known?.sinceMs),
    verdict: known?.judgement.verdict ?? 'unknown',
    text: known?.judgement.text ?? '',
    numbers: { ...known?.judgement.numbers },
    lookedAt: optionalTimestampOf(known?.lookedAtMs),
    incident: incident && {
      id: incident.id,
      startedAt: timestampOf(incident.startedMs),
      acknowledgedBy: acknowledgement?.author ?? '',
      acknowledgedAt: optionalTimestampOf(acknowledgement?.atMs),
    },
    silencedUntil: optionalTimestampOf(silence?.untilMs),
    deliveries: told.map(deliveryMessage),
    paused: alert.paused === true,
    flapping: known !== undefined && isFlapping(known),
    revision,
  };
}

const deliveryMessage = (row: DeliveryRow): AlertDelivery => ({
  id: row.id,
  channel: row.channel,
  event: row.event,
  state: row.state,
  attempts: row.attempts,
  problem: row.problem,
  createdAt: timestampOf(row.createdAtMs),
});
