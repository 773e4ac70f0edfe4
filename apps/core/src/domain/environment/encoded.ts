// Messages of the watch stream, encoded at most once for all streams, and only in the forms somebody asks for.
import type { Delta, Heartbeat, Snapshot } from '@org/contract/gen/flags/v1/document';
import { WatchResponse } from '@org/contract/gen/flags/v1/sync_service';
import type { Timestamp } from '@org/contract/gen/google/protobuf/timestamp';
import type { Encoded } from '../../application.ts';

type WatchMessage = NonNullable<WatchResponse['message']>;

class LazilyEncoded<T> implements Encoded<T> {
  readonly message: T;
  readonly #response: WatchResponse;
  #bytes: Buffer | undefined;
  #line: Buffer | undefined;

  constructor(message: T, watchMessage: WatchMessage) {
    this.message = message;
    this.#response = { message: watchMessage };
  }

  get watchBytes(): Buffer {
    if (this.#bytes === undefined) {
      const bytes = WatchResponse.encode(this.#response).finish();
      this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    return this.#bytes;
  }

  get watchLine(): Buffer {
    return (this.#line ??= Buffer.from(`${JSON.stringify(WatchResponse.toJSON(this.#response))}\n`));
  }
}

export const encodedSnapshot = (snapshot: Snapshot): Encoded<Snapshot> =>
  new LazilyEncoded(snapshot, { $case: 'snapshot', value: snapshot });

export const encodedDelta = (delta: Delta): Encoded<Delta> =>
  new LazilyEncoded(delta, { $case: 'delta', value: delta });

export const encodedHeartbeat = (heartbeat: Heartbeat): Encoded<Heartbeat> =>
  new LazilyEncoded(heartbeat, { $case: 'heartbeat', value: heartbeat });

/** Unix milliseconds as protobuf's Timestamp. */
export const timestampOf = (unixMs: number): Timestamp => {
  const seconds = Math.floor(unixMs / 1000);
  return { seconds, nanos: Math.floor((unixMs - seconds * 1000) * 1e6) };
};

/** The same for a value that may be absent. */
export const optionalTimestampOf = (unixMs: number | undefined): Timestamp | undefined =>
  unixMs === undefined ? undefined : timestampOf(unixMs);
