// A client that was told of a change by one core may ask another one, a moment behind: it is answered when that one has caught
// up, or after two seconds with what there is.
import type { EnvironmentReplica } from '../../application.ts';
import type { Runtime } from '../../runtime.ts';

const waitMsMax = 2_000;

/** What stands for a state of an environment towards clients; opaque to them. */
export function configEtag({ historyId, revision }: EnvironmentReplica): string {
  return `${historyId}.${revision}`;
}

const asked = /[?&]flagConfigEtag=([\w%-]{1,200})\.(\d{1,10})(&|$)/;

/** Waits for the state that the query's `flagConfigEtag` names; anything else in it is no reason to wait. */
export function waitForRevision(
  replica: EnvironmentReplica,
  target: string,
  runtime: Pick<Runtime, 'after'>,
): Promise<void> | undefined {
  const [, historyId, revision] = asked.exec(target) ?? [];
  const isThere = (): boolean => replica.historyId !== historyId || replica.revision >= Number(revision);
  if (revision === undefined || isThere()) return undefined;
  return new Promise((resolve) => {
    const look = (): void => {
      if (isThere()) settle();
    };
    const settle = (): void => {
      cancel();
      unsubscribe();
      resolve();
    };
    const cancel = runtime.after(waitMsMax, settle);
    const unsubscribe = replica.subscribe('server', { delta: look, heartbeat: look, reset: look });
  });
}
