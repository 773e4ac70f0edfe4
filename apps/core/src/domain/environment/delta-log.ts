// The newest deltas of one view, without gaps, bounded by count and size: what reconnecting clients are served from.
import type { Delta } from '@org/contract/gen/flags/v1/document';
import type { Encoded } from '../../application.ts';

const deltasMax = 1_000;
const bytesMax = 16 * 1024 * 1024;

const sizeOf = ({ upserts, deletes }: Delta): number =>
  upserts.reduce((sum, upsert) => sum + upsert.json.length + upsert.key.length, 0) +
  64 * (1 + deletes.length);

/** Starts empty at a revision; `push` takes the next revisions in order. */
export class DeltaLog {
  readonly #deltas: Encoded<Delta>[] = [];
  #bytes = 0;

  /** Revisions must come one after the other. */
  push(delta: Encoded<Delta>): void {
    this.#deltas.push(delta);
    this.#bytes += sizeOf(delta.message);
    while (this.#deltas.length > deltasMax || this.#bytes > bytesMax) {
      const oldest = this.#deltas.shift();
      if (oldest === undefined) return;
      this.#bytes -= sizeOf(oldest.message);
    }
  }

  clear(): void {
    this.#deltas.length = 0;
    this.#bytes = 0;
  }

  /** Deltas after a revision; undefined when an older one is needed than is held. */
  after(revision: number, limit: number): readonly Encoded<Delta>[] | undefined {
    const first = this.#deltas[0]?.message.previousRevision;
    if (first === undefined || revision < first) return undefined;
    const start = revision - first;
    return this.#deltas.slice(start, start + limit);
  }
}
