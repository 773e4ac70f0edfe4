// The client that applications test with: answers, moves, remembers.
import { describe, expect, it } from 'vitest';
import { createMemoryClient } from './memory-client.ts';

const german = {
  type: 'string',
  enabled: true,
  variants: { on: 'others', de: 'Germans' },
  default: { variant: 'on' },
  rules: [{ id: 'de', when: { op: 'equals', attribute: 'country', value: 'DE' }, serve: { variant: 'de' } }],
} as const;

describe('createMemoryClient', () => {
  it('is ready at once and answers values, documents and defaults', async () => {
    const flags = createMemoryClient({ flags: { on: { value: true }, limit: { value: 5 }, market: german } });
    expect(flags.state).toBe('READY');
    expect(await flags.ready()).toBe('READY');
    expect(flags.boolean('on', false).get()).toBe(true);
    expect(flags.number('limit', 1).get()).toBe(5);
    expect(flags.string('market', '').get({ country: 'DE' })).toBe('Germans');
    expect(flags.string('unknown', 'mine').details()).toMatchObject({
      value: 'mine',
      errorCode: 'FLAG_NOT_FOUND',
    });
    expect(flags.flagKeys()).toEqual(['on', 'limit', 'market']);
  });

  it('moves when a test says so, and tells listeners', () => {
    const flags = createMemoryClient({ flags: { market: german } }, { country: 'DE' });
    const market = flags.string('market', '');
    const heard: string[] = [];
    const leave = flags.on('change', () => heard.push(market.get()));
    flags.setContext({ country: 'FR' });
    flags.override('market', 'mine');
    flags.clearOverride('market');
    flags.set({ flags: { market: { value: 'set' } } });
    leave();
    flags.setContext({});
    expect(heard).toEqual(['others', 'mine', 'others', 'set']);
  });

  it('keeps what is tracked', async () => {
    const flags = createMemoryClient();
    flags.track('purchase', { value: 3, attributes: { currency: 'EUR' } });
    await flags.flush();
    await flags.close();
    expect(flags.tracked).toEqual([{ name: 'purchase', value: 3, attributes: { currency: 'EUR' } }]);
  });

  it('evaluates a flag that was asked for without a default', () => {
    const flags = createMemoryClient({ flags: { on: { value: true }, limit: { value: 5 } } });
    expect(flags.boolean('on', undefined as never).details()).toMatchObject({
      value: true,
      reason: 'STATIC',
    });
    expect(flags.boolean('limit', undefined as never).details().errorCode).toBe('TYPE_MISMATCH');
    expect(flags.boolean('unknown', undefined as never).get()).toBeUndefined();
  });

  it('evaluates a kill switch as a boolean flag', () => {
    const variants = { on: true, off: false };
    const flags = createMemoryClient({
      flags: {
        alive: {
          type: 'kill_switch',
          enabled: true,
          variants,
          offVariant: 'off',
          default: { variant: 'on' },
        },
      },
    });
    expect(flags.boolean('alive', false).get()).toBe(true);
  });
});
