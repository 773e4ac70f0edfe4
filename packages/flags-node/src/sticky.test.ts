// Sticky splits on servers: what a unit was given stays, whatever becomes of the weights, until its end.
import { describe, expect, it } from 'vitest';
import { createMemoryClient, type MemoryDocuments } from './memory-client.ts';
import type { StickyStore } from './types.ts';

const flagWith = (weights: Readonly<Record<string, number>>, more: object = {}): MemoryDocuments => ({
  flags: {
    color: {
      type: 'string',
      enabled: true,
      variants: { red: '#f00', blue: '#00f', grey: '#888' },
      offVariant: 'grey',
      default: {
        split: {
          weights: Object.entries(weights).map(([variant, weight]) => ({ variant, weight })),
          sticky: true,
        },
      },
      ...more,
    },
  },
});

/** A store in memory that can be out of order. */
const createStore = () => {
  const saved = new Map<string, Record<string, string>>();
  const store: StickyStore & { isDown: boolean } = {
    isDown: false,
    async load({ user = '' }) {
      if (store.isDown) throw new Error('the store is down');
      return saved.get(user);
    },
    async save({ user = '' }, slot, variant) {
      saved.set(user, { ...saved.get(user), [slot]: variant });
    },
  };
  return { saved, store };
};
const units = Array.from({ length: 40 }, (_, at) => `user-${at}`);

describe('a sticky split', () => {
  it('keeps what a unit was given when the weights change, for contexts whose assignments are loaded', async () => {
    const { store, saved } = createStore();
    const client = createMemoryClient(flagWith({ red: 1, blue: 1 }), { stickyStore: store });
    const color = client.string('color', 'none');
    const ask = async (unit: string) => color.get(await client.loadAssignments({ targetingKey: unit }));
    const first = await Promise.all(units.map(ask));
    expect(new Set(first)).toEqual(new Set(['#f00', '#00f']));
    expect(saved.size).toBe(40);
    client.set(flagWith({ red: 0, blue: 1 }));
    expect(await Promise.all(units.map(ask))).toEqual(first);
    // Without its assignments a context is split by the hash.
    expect(new Set(units.map((targetingKey) => color.get({ targetingKey })))).toEqual(new Set(['#00f']));
    const [details] = [color.details(await client.loadAssignments({ targetingKey: 'user-0' }))];
    expect(details).toMatchObject({ reason: 'SPLIT', rule: 'default' });
  });

  it('ends when its variant leaves the split, when the salt changes, and while the flag is off', async () => {
    const { store } = createStore();
    const client = createMemoryClient(flagWith({ red: 1 }), { stickyStore: store });
    const color = client.string('color', 'none');
    const context = await client.loadAssignments({ targetingKey: 'u' });
    expect(color.get(context)).toBe('#f00');
    client.set(flagWith({ blue: 1, red: 0 }, { enabled: false }));
    expect(color.get(context)).toBe('#888');
    client.set(flagWith({ blue: 1, red: 0 }));
    expect(color.get(context)).toBe('#f00');
    const salted = {
      split: {
        weights: [
          { variant: 'blue', weight: 1 },
          { variant: 'red', weight: 0 },
        ],
        sticky: true,
        salt: 'again',
      },
    };
    client.set(flagWith({}, { default: salted }));
    expect(color.get(context)).toBe('#00f');
    client.set(flagWith({ blue: 1 }));
    expect(color.get(context)).toBe('#00f');
    client.set(flagWith({ blue: 0, red: 1 }));
    expect(color.get(context)).toBe('#00f');
  });

  it('takes assignments that the application keeps itself', () => {
    const client = createMemoryClient(flagWith({ red: 1 }));
    const color = client.string('color', 'none');
    const context = client.withAssignments({ targetingKey: 'u' }, {});
    color.get(context);
    const cookie = client.assignmentsOf(context);
    expect(Object.values(cookie)).toEqual(['red']);
    client.set(flagWith({ red: 0, blue: 1 }));
    expect(color.get(client.withAssignments({ targetingKey: 'u' }, cookie))).toBe('#f00');
    expect(client.assignmentsOf({ targetingKey: 'other' })).toEqual({});
  });

  it('is split by the hash while the store is down, and writes nothing over what it does not know', async () => {
    const { store, saved } = createStore();
    store.isDown = true;
    const client = createMemoryClient(flagWith({ red: 1 }), { stickyStore: store });
    expect(client.string('color', 'none').get(await client.loadAssignments({ targetingKey: 'u' }))).toBe(
      '#f00',
    );
    expect(saved.size).toBe(0);
  });
});

it('remembers what each unit of a split by an attribute was given, and keeps people without keys apart', async () => {
  const byAccount = (weights: Readonly<Record<string, number>>): MemoryDocuments => ({
    flags: {
      color: {
        type: 'string',
        enabled: true,
        variants: { red: '#f00', blue: '#00f' },
        default: {
          split: {
            by: 'account',
            weights: Object.entries(weights).map(([variant, weight]) => ({ variant, weight })),
            sticky: true,
          },
        },
      },
    },
  });
  const { store, saved } = createStore();
  const client = createMemoryClient(byAccount({ red: 1, blue: 0 }), { stickyStore: store });
  const color = client.string('color', 'none');
  const ask = async (context: { readonly account: string; readonly targetingKey?: string }) =>
    color.get(await client.loadAssignments(context));
  await ask({ targetingKey: 'u', account: 'x' });
  await ask({ account: 'x' });
  expect([...saved.keys()]).toEqual(['u']);
  client.set(byAccount({ red: 0, blue: 1 }));
  expect(await ask({ targetingKey: 'u', account: 'x' })).toBe('#f00');
  expect(await ask({ targetingKey: 'u', account: 'y' })).toBe('#00f');
  expect(await ask({ account: 'x' })).toBe('#00f');
});

// docs/flags.md: units that keep their assignment across login.
it('a split by a stable id answers the same before and after login', () => {
  const client = createMemoryClient({
    flags: {
      'new-home': {
        type: 'boolean',
        enabled: true,
        variants: { on: true, off: false },
        default: {
          split: {
            by: 'targetingKey',
            kind: 'device',
            weights: [
              { variant: 'on', weight: 1 },
              { variant: 'off', weight: 1 },
            ],
          },
        },
      },
    },
  });
  const home = client.boolean('new-home', false);
  for (const id of units) {
    const device = { targetingKey: id };
    const before = home.get({ kind: 'multi', device });
    const after = home.get({ kind: 'multi', device, user: { targetingKey: `account of ${id}` } });
    expect(after).toBe(before);
  }
});
