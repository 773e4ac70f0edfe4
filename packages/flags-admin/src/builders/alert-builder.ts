// Alerts in the making. What other documents decide (flags, metrics), the server checks.
import type { Alert, AlertRule, AlertSeverity } from '@org/contract/model';
import type { StoredDocument } from '../model.ts';
import { Draft } from './draft.ts';

/** An alert in the making. */
export class AlertBuilder extends Draft<'alert', AlertBuilder> {
  readonly kind = 'alert';

  /** @internal */
  constructor(key: string, document: Alert, expectedRevision?: number) {
    super(key, document, expectedRevision);
  }

  protected override make(document: Alert, expectedRevision: number | undefined): AlertBuilder {
    return new AlertBuilder(this.key, document, expectedRevision);
  }

  /** Channels of the installation: all of them. */
  tell(...channels: readonly string[]): AlertBuilder {
    return this.with({ channels });
  }

  severity(severity: AlertSeverity): AlertBuilder {
    return this.with({ severity });
  }

  /** How long the rule must be broken before it fires, and hold before it is resolved. */
  after(seconds: Pick<Alert, 'forSeconds' | 'resolveSeconds'>): AlertBuilder {
    return this.with(seconds);
  }

  /** Told again while it fires and nobody acknowledged it. */
  repeatEvery(minutes: number): AlertBuilder {
    return this.with({ repeatMinutes: minutes });
  }

  /** What to do about it. */
  runbook(url: string): AlertBuilder {
    return this.with({ runbook: url });
  }

  paused(paused = true): AlertBuilder {
    return this.with({ paused: paused ? true : undefined });
  }

  describe(description: string): AlertBuilder {
    return this.with({ description });
  }
}

/** An alert on a rule, that tells nobody yet. */
export const alert = (key: string, rule: AlertRule): AlertBuilder =>
  new AlertBuilder(key, { rule, channels: [] });

/** Goes on from an alert as it is stored; its commit is refused when somebody changed it meanwhile. */
export const editAlert = ({ key, document, revision }: StoredDocument<'alert'>): AlertBuilder =>
  new AlertBuilder(key, document, revision);
