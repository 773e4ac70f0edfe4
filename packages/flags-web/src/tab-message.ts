// What the tabs of a browser tell each other. Tabs may run different builds: form and meaning change only together with
// the version in the channel's name.
import type { Position, StreamMessage } from '@org/sync/stream';

/** The version in the names of lock, channel and stored snapshot. */
export const tabProtocol = 'flags-1';

/**
 * Structured-cloned by the browser. `hello`: a follower asks the leader to be brought from its position to the present.
 * `alive`: the leader lives, and perhaps passes on a message of the stream.
 */
export type TabMessage =
  readonly ['hello', position: Position | undefined] | readonly ['alive', message: StreamMessage | undefined];
