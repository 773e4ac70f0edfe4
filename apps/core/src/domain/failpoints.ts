// Points where tests kill this process: FLAGS_FAILPOINTS="after-commit=kill:3,before-publish=kill" dies at the third
// commit, or before the first publication. Off unless set.

const names = ['after-commit', 'before-publish', 'after-publish', 'before-mark-published'] as const;
export type Failpoint = (typeof names)[number];

/** Called at every point. */
export type HitFailpoint = (name: Failpoint) => void;

/**
 * Reads the setting. `die` ends the process as `kill -9` would.
 *
 * @throws on names and actions it does not know
 */
export function createFailpoints(setting: string, die: () => void): HitFailpoint {
  const left = new Map<string, number>();
  for (const part of setting.split(',').filter((text) => text !== '')) {
    const match = /^([a-z-]+)=kill(?::(\d+))?$/.exec(part.trim());
    const name = match?.[1];
    if (name === undefined || !(names as readonly string[]).includes(name))
      throw new Error(`unknown failpoint "${part}"`);
    left.set(name, Number(match?.[2] ?? 1));
  }
  return (name) => {
    const hits = left.get(name);
    if (hits === undefined) return;
    left.set(name, hits - 1);
    if (hits === 1) die();
  };
}

/** Ends this process at once, without a chance to clean up. */
export const killSelf = (): void => process.kill(process.pid, 'SIGKILL') && undefined;
