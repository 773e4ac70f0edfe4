// Runs tasks one after the other; urgent ones first. Bounded: what does not fit is refused at once.

/** A line of tasks. */
export interface SerialQueue {
  /** Undefined when too many wait already. An urgent task has places of its own and goes to the front. */
  run<T>(task: () => Promise<T>, urgent?: boolean): Promise<T> | undefined;
  readonly waiting: number;
}

type Task = () => Promise<void>;

/** Makes an empty line; `waitingMax` for ordinary tasks and as many for urgent ones. */
export function createSerialQueue(waitingMax: number): SerialQueue {
  const lines: Readonly<Record<'urgent' | 'ordinary', Task[]>> = { urgent: [], ordinary: [] };
  let busy = false;
  const advance = async (): Promise<void> => {
    busy = true;
    for (let task = next(); task !== undefined; task = next()) await task();
    busy = false;
  };
  const next = (): Task | undefined => lines.urgent.shift() ?? lines.ordinary.shift();
  return {
    get waiting() {
      return lines.urgent.length + lines.ordinary.length;
    },
    run: <T>(task: () => Promise<T>, urgent = false) => {
      const line = lines[urgent ? 'urgent' : 'ordinary'];
      if (line.length >= waitingMax) return undefined;
      return new Promise<T>((resolve, reject) => {
        line.push(() => task().then(resolve, reject));
        if (!busy) void advance();
      });
    },
  };
}
