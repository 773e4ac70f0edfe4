// A flag for a segment with a list of a million members, asked through the SDK's handle: half of the units are members. Ours
// only: no peer holds such lists.
import { createMemoryClient, type FlagsClient } from '@org/flags-node';
import { benchId, benchUser } from './cases.ts';
import type { Loop } from './measure.ts';
import { sink } from './subject.ts';

const unitsCount = 10_000;
/** Prime to the numbers of members, so that the units' members lie all over the list. */
const stride = 7_919;

/** The loop over units of 36 characters, and how many of them are members. */
export function millionLoop(members = 1_000_000): { readonly loop: Loop; readonly found: number } {
  const handle = clientOf(members).boolean('listed', false);
  const contexts = Array.from({ length: unitsCount }, (_, index) =>
    benchUser(benchId(index % 2 === 0 ? (index * stride) % members : members + index)),
  );
  const found = contexts.filter((context) => handle.get(context)).length;
  let next = 0;
  const run = (count: number): void => {
    let at = next | 0;
    let last: unknown;
    for (let i = 0; i < count; i++) {
      last = handle.get(contexts[at]!);
      if (++at === unitsCount) at = 0;
    }
    next = at;
    sink.last = last;
  };
  return { loop: { run }, found };
}

function clientOf(members: number): FlagsClient {
  return createMemoryClient({
    lists: { million: Array.from({ length: members }, (_, index) => benchId(index)) },
    segments: { many: { when: { op: 'or', of: [] }, includedLists: ['million'] } },
    flags: {
      listed: {
        type: 'boolean',
        enabled: true,
        variants: { on: true, off: false },
        rules: [{ id: 'r', when: { op: 'segment', key: 'many' }, serve: { variant: 'on' } }],
        default: { variant: 'off' },
      },
    },
  });
}
