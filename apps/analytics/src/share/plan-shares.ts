// Who holds which of the 64 partitions: one small document that all processes replace in turns, each seeing what the one
// before it wrote. Pure. No clock is shared: whoever does not count on for a lease's time, by the clock of the one who
// looks, is gone; and whoever could not write for that time, by its own clock, holds nothing.
import { z } from 'zod';
import { partitionCount } from '../ingest/partition.ts';

const member = z.object({
  /** host:port at which the others reach it. */
  address: z.string(),
  /** Grows while it lives. */
  beat: z.number().int(),
  /** Up to here it has read the log, for the partition that is farthest behind. */
  position: z.number(),
});
const document = z.object({
  members: z.record(z.string(), member),
  /** By partition: the member that holds it; empty: nobody. */
  owners: z.array(z.string()).length(partitionCount),
  /** Grows with each unit that is erased. */
  erasures: z.number().int(),
});

export type Shares = z.infer<typeof document>;

/** Before the first process. */
export const noShares: Shares = {
  members: {},
  owners: Array.from({ length: partitionCount }, () => ''),
  erasures: 0,
};

/** @throws for text of another shape. */
export const parseShares = (text: string): Shares => document.parse(JSON.parse(text));

/** When the one who looks saw a member count on for the last time. */
export type Sightings = Map<string, { readonly beat: number; readonly atMs: number }>;

/** Updates what was seen, and answers who is gone. */
export function membersGone(
  { members }: Shares,
  sightings: Sightings,
  nowMs: number,
  leaseMs: number,
): ReadonlySet<string> {
  for (const id of sightings.keys()) if (members[id] === undefined) sightings.delete(id);
  const gone = new Set<string>();
  for (const [id, { beat }] of Object.entries(members)) {
    const seen = sightings.get(id);
    if (seen?.beat !== beat) sightings.set(id, { beat, atMs: nowMs });
    else if (nowMs - seen.atMs >= leaseMs) gone.add(id);
  }
  return gone;
}

/** The document as this member writes it: itself counted on, the gone ones out, its fair part of the partitions. */
export function planShares(
  shares: Shares,
  self: { readonly id: string; readonly address: string; readonly position: number },
  gone: ReadonlySet<string>,
): Shares {
  const { id, address } = self;
  const others = Object.entries(shares.members).filter(([name]) => name !== id && !gone.has(name));
  const isThere = new Set([...others.map(([name]) => name), id]);
  const fair = Math.ceil(partitionCount / isThere.size);
  let own = shares.owners.filter((owner) => owner === id).length;
  const owners = shares.owners.map((before) => {
    const owner = isThere.has(before) ? before : '';
    if (owner === id && own > fair) {
      own -= 1;
      return '';
    }
    if (owner === '' && own < fair) {
      own += 1;
      return id;
    }
    return owner;
  });
  // Of what it takes now it has read nothing.
  const isTaking = owners.some((owner, part) => owner === id && shares.owners[part] !== id);
  const beat = (shares.members[id]?.beat ?? 0) + 1;
  const position = isTaking ? 0 : self.position;
  return { ...shares, members: Object.fromEntries([...others, [id, { address, beat, position }]]), owners };
}

/** Partitions of a member, ascending. */
export const partsOf = ({ owners }: Shares, id: string): readonly number[] =>
  owners.flatMap((owner, part) => (owner === id ? [part] : []));

/** Up to here every partition has read the log; 0 while one has no holder. */
export const lowestPosition = ({ owners, members }: Shares): number =>
  Math.min(...owners.map((owner) => members[owner]?.position ?? 0));
