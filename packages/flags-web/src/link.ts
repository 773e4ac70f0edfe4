// The stream of this tab: from the server for the leading tab, from the leader for the others. While the lead moves, the
// machine goes on with the same stream. Decides nothing about when to connect.
import type { Position, StreamMachine, StreamMessage } from '@org/sync/stream';
import type { Api } from './api.ts';
import { leaderAnswersWithinMs } from './limits.ts';
import { streamMessageOf } from './messages.ts';
import type { TabMessage } from './tab-message.ts';
import { joinTabs, type Tabs } from './tabs.ts';

export interface Link {
  /** Whether this tab holds the browser's stream. */
  leads(): boolean;
  connect(position: Position | undefined): void;
  disconnect(): void;
  /** The page is frozen or kept for the back button: gives up stream and lead without telling the machine. */
  suspend(): void;
  resume(): void;
}

export interface LinkOptions {
  readonly api: Api;
  /** Tabs of the same name share one stream. */
  readonly name: string;
  /** `flags.v1.Instance`. */
  readonly instance: object;
  readonly machine: Pick<StreamMachine, 'opened' | 'closed' | 'receive' | 'nudge'>;
  /** Where this tab is. */
  position(): Position | undefined;
  /** What brings a follower from its position to this tab's; undefined when that is not known to be the present. */
  answer(position: Position | undefined): StreamMessage | undefined;
}

export const createLink = ({ api, name, instance, machine, position, answer }: LinkOptions): Link => {
  let wanted = false;
  let stream: AbortController | undefined;
  let patience: ReturnType<typeof setTimeout> | undefined;
  let tabs: Tabs | undefined;

  const close = (): void => {
    stream?.abort();
    clearTimeout(patience);
  };

  const open = (from: Position | undefined): void => {
    close();
    if (!wanted) return;
    tabs ??= joinTabs(name, reopen, hear);
    if (tabs.leads()) return lead(from, tabs);
    tabs.post(['hello', from]);
    patience = setTimeout(tabs.steal, leaderAnswersWithinMs);
  };

  const reopen = (): void => open(position());

  const lead = (from: Position | undefined, { post }: Tabs): void => {
    const { signal } = (stream = new AbortController());
    const receive = (line: StreamMessage): void => {
      if (signal.aborted) return;
      const message = streamMessageOf(line);
      post(['alive', message]);
      machine.receive(message);
    };
    post(['alive', undefined]);
    void api
      .watch({ ...from, instance }, signal, machine.opened, receive)
      .then(() => signal.aborted || machine.closed());
  };

  const hear = ([word, content]: TabMessage): void => {
    if (tabs?.leads()) {
      if (word === 'hello') tabs.post(['alive', answer(content)]);
    } else if (word === 'alive') {
      if (!wanted) return content && machine.nudge();
      clearTimeout(patience);
      machine.opened();
      if (content) machine.receive(content);
    }
  };

  return {
    leads: () => !!tabs?.leads(),
    connect(from) {
      wanted = true;
      open(from);
    },
    disconnect() {
      wanted = false;
      close();
    },
    suspend() {
      close();
      tabs?.close();
      tabs = undefined;
    },
    resume: () => void (tabs || reopen()),
  };
};
