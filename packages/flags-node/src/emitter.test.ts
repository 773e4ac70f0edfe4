// Listeners harm neither each other nor the client.
import { describe, expect, it } from 'vitest';
import { createEmitter } from './emitter.ts';
import { FlagsError } from './errors.ts';
import { logIntervalMs } from './limits.ts';
import { createErrorLog } from './log.ts';
import { createVirtualPlatform } from './testing/virtual-platform.ts';

describe('emitter', () => {
  it('calls every listener, also behind one that throws, until it is removed', () => {
    const failures: unknown[] = [];
    const heard: number[] = [];
    const emitter = createEmitter<{ number: number }>((error) => failures.push(error));
    emitter.on('number', () => {
      throw new Error('mine');
    });
    const listener = (value: number): number => heard.push(value);
    const remove = emitter.on('number', listener);
    emitter.on('number', listener);
    emitter.emit('number', 1);
    remove();
    remove();
    emitter.emit('number', 2);
    expect(heard).toEqual([1, 1, 2]);
    expect(failures).toHaveLength(2);
    emitter.clear();
    expect(emitter.has('number')).toBe(false);
  });
});

describe('a listener that fails later', () => {
  it('is reported, and leaves no rejection behind', async () => {
    const failure = new Promise((resolve) => {
      const emitter = createEmitter<{ number: number }>(resolve);
      // A listener of type () => void may return anything.
      const listener: () => unknown = () => Promise.reject(new Error('mine'));
      emitter.on('number', listener);
      emitter.emit('number', 1);
    });
    expect(await failure).toEqual(new Error('mine'));
  });
});

describe('error log', () => {
  it('leaves no rejection of an async logger behind', async () => {
    const unhandled: unknown[] = [];
    const hear = (reason: unknown): unknown => unhandled.push(reason);
    process.on('unhandledRejection', hear);
    const warn: () => unknown = () => Promise.reject(new Error('mine'));
    createErrorLog({ warn }, createVirtualPlatform())(new FlagsError('CONNECTION_LOST', 'x'));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', hear);
    expect(unhandled).toEqual([]);
  });

  it('complains once a minute of each kind and says how much it held back', async () => {
    const platform = createVirtualPlatform();
    const lines: unknown[] = [];
    const log = createErrorLog({ warn: (message, fields) => lines.push([message, fields]) }, platform);
    const error = new FlagsError('CONNECTION_LOST', 'x');
    for (let again = 0; again < 5; again += 1) log(error);
    log(new FlagsError('CALL_FAILED', 'y'));
    await platform.pass(logIntervalMs);
    log(error);
    expect(lines).toEqual([
      ['[CONNECTION_LOST] x', { code: 'CONNECTION_LOST' }],
      ['[CALL_FAILED] y', { code: 'CALL_FAILED' }],
      ['[CONNECTION_LOST] x', { code: 'CONNECTION_LOST', alsoHappened: 4 }],
    ]);
  });
});
