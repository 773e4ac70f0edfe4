// The client for applications' own tests behaves as the real one.
import { describe, expect, it } from 'vitest';
import { createMemoryClient, type MemoryFlag } from './memory-client.ts';

describe('memory client', () => {
  it('is ready at once and answers values and documents', async () => {
    const client = createMemoryClient({
      flags: {
        plain: { value: true },
        text: { value: 'x' },
        ruled: {
          type: 'string',
          enabled: true,
          variants: { a: 'A', b: 'B' },
          default: { variant: 'a' },
          rules: [{ id: 'r', when: { op: 'segment', key: 'friends' }, serve: { variant: 'b' } }],
        },
      },
      segments: { friends: { when: { op: 'and', of: [] }, excluded: ['stranger'] } },
    });
    expect(await client.ready()).toBe('READY');
    expect(client.boolean('plain', false).get({})).toBe(true);
    expect(client.string('text', '').get({})).toBe('x');
    const ruled = client.string('ruled', '');
    expect(ruled.get({ targetingKey: 'someone' })).toBe('B');
    expect(ruled.get({ targetingKey: 'stranger' })).toBe('A');
    expect(client.boolean('text', false).details({}).errorCode).toBe('TYPE_MISMATCH');
  });

  it('changes as a whole, tells so, and keeps handles alive', () => {
    const client = createMemoryClient({ flags: { a: { value: 1 } } });
    const changes: unknown[] = [];
    const remove = client.on('change', (change) => changes.push(change));
    const a = client.number('a', 0);
    client.set({ flags: { a: { value: 2 }, b: { value: 3 } } });
    expect(a.get({})).toBe(2);
    expect(changes).toEqual([{ revision: 1, flagKeys: ['a', 'b'] }]);
    remove();
    client.override('a', 7);
    expect(a.get({})).toBe(7);
    client.clearOverride();
    expect(a.get({})).toBe(2);
    expect(changes).toHaveLength(1);
  });

  it('says what is wrong with the documents, and takes none of them', () => {
    const broken = {
      mistyped: { type: 'boolean', enabled: true, variants: { on: 'yes' }, default: { variant: 'off' } },
    } as const;
    expect(() => createMemoryClient({ flags: broken })).toThrow(/INVALID_OPTIONS.*flag "mistyped"/s);
    expect(() => createMemoryClient({ flags: { none: null as never } })).toThrow('flag "none"');
    const client = createMemoryClient({ flags: { a: { value: 1 } } });
    expect(() => client.set({ flags: { a: { value: 2 }, ...broken } })).toThrow('flag "mistyped"');
    expect(client.number('a', 0).get({})).toBe(1);
    expect(client.revision).toBe(0);
  });

  it('finds references to what is not there', () => {
    const flag: MemoryFlag = {
      type: 'boolean',
      enabled: true,
      variants: { on: true, off: false },
      default: { variant: 'off' },
      rules: [{ id: 'r', when: { op: 'segment', key: 'frends' }, serve: { variant: 'on' } }],
    };
    expect(() => createMemoryClient({ flags: { a: flag } })).toThrow('frends');
  });

  it('is stale when it is closed, as the real one', async () => {
    const client = createMemoryClient();
    await client.close();
    expect([client.state, await client.ready()]).toEqual(['STALE', 'STALE']);
  });

  it('keeps what was tracked', async () => {
    const client = createMemoryClient();
    client.track('bought', { context: { targetingKey: 'u' }, value: 2 });
    await client.close();
    expect(client.tracked).toEqual([{ name: 'bought', context: { targetingKey: 'u' }, value: 2 }]);
  });
});
