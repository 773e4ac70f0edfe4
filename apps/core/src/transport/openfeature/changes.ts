// Follows an environment for streams that tell that something changed, not what: at once, and then gathered for a moment, so
// that a burst of commits is one or two messages. Must never tell a client key of flags that browsers do not get.
import type { Delta } from '@org/contract/gen/flags/v1/document';
import type { Encoded, EnvironmentReplica, ViewName } from '../../application.ts';
import type { Cancel, Runtime } from '../../runtime.ts';
import { isVisible } from '../methods/visible-flags.ts';

export interface ChangeListener {
  /** Flags whose answers may be others now; 'all' when that is not known. */
  changed(flagKeys: ReadonlySet<string> | 'all'): void;
  /** As often as the replica beats: every 5 s. */
  beat(): void;
}

/** At most one message in this time, after the first. */
const gatherMs = 200;

/** Follows until cancelled. */
export function followChanges(
  replica: EnvironmentReplica,
  view: ViewName,
  runtime: Pick<Runtime, 'after'>,
  listener: ChangeListener,
): Cancel {
  let gathered: Set<string> | 'all' | undefined;
  let cancelTimer: Cancel | undefined;

  function changed(keys: ReadonlySet<string> | 'all'): void {
    if (cancelTimer !== undefined) {
      gathered = gathered === 'all' || keys === 'all' ? 'all' : new Set([...(gathered ?? []), ...keys]);
      return;
    }
    cancelTimer = runtime.after(gatherMs, onTimer);
    listener.changed(keys);
  }

  function onTimer(): void {
    cancelTimer = undefined;
    const keys = gathered;
    gathered = undefined;
    if (keys !== undefined) changed(keys);
  }

  const cancels = subscribe(replica, view, { changed, beat: () => listener.beat() });
  return () => {
    cancelTimer?.();
    for (const cancel of cancels) cancel();
  };
}

function subscribe(replica: EnvironmentReplica, view: ViewName, { changed, beat }: ChangeListener): Cancel[] {
  const reset = (): void => changed('all');
  const touched = (delta: Encoded<Delta>): void => {
    const keys = replica.flagsTouchedBy(delta.message);
    const told = view === 'server' || keys === 'all' ? keys : visibleOf(replica, keys);
    if (told === 'all' || told.size > 0) changed(told);
  };
  const server = replica.subscribe('server', { delta: touched, heartbeat: beat, reset });
  if (view === 'server') return [server];
  // Flags that came into the view of browsers, or left it.
  const own = ({ message }: Encoded<Delta>): void => {
    const flags = [...message.upserts, ...message.deletes].filter(({ kind }) => kind === 'flag');
    if (message.truncated) changed('all');
    else if (flags.length > 0) changed(new Set(flags.map(({ key }) => key)));
  };
  const nothing = (): void => undefined;
  return [server, replica.subscribe('client', { delta: own, heartbeat: nothing, reset: nothing })];
}

function visibleOf(replica: EnvironmentReplica, keys: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...keys].filter((key) => isVisible(replica, key)));
}
