// Remote evaluation against a server that answers when the test says so.
import type { EvaluationContext } from '@org/contract/model';
import { describe, expect, it, vi } from 'vitest';
import { createRemoteEvaluation, type RemoteAnswer } from './remote-evaluation.ts';

const local = { flagKey: 'f', value: 'default', reason: 'DEFAULT', rule: 'remote', revision: 3 } as const;

/** Questions are answered by hand. */
const start = () => {
  const questions: {
    key: string;
    context: EvaluationContext;
    answer: (answer: RemoteAnswer | undefined) => void;
  }[] = [];
  const seen = { changes: 0 };
  const remote = createRemoteEvaluation(
    (key, context) => new Promise((answer) => questions.push({ key, context, answer })),
    () => (seen.changes += 1),
  );
  const settle = async (index: number, answer: RemoteAnswer | undefined): Promise<void> => {
    questions[index]!.answer(answer);
    await Promise.resolve();
    await Promise.resolve();
  };
  return { remote, questions, seen, settle };
};

describe('remote evaluation', () => {
  it('serves the default until the first answer, and asks once', async () => {
    const { remote, questions, seen, settle } = start();
    const context = { targetingKey: 'u' };
    expect(remote.details(local, context)).toMatchObject({
      value: 'default',
      errorCode: 'PROVIDER_NOT_READY',
    });
    remote.details(local, { ...context });
    expect(questions).toHaveLength(1);
    await settle(0, { value: 'on', variant: 'v', reason: 'TARGETING_MATCH', rule: 'rule:r', revision: 2 });
    expect(seen.changes).toBe(1);
    expect(remote.details(local, context)).toEqual({
      flagKey: 'f',
      value: 'on',
      variant: 'v',
      reason: 'TARGETING_MATCH',
      rule: 'rule:r',
      revision: 2,
    });
    expect(questions).toHaveLength(1);
  });

  it('keeps the old value while it asks again, and drops answers to earlier questions', async () => {
    const { remote, questions, seen, settle } = start();
    remote.details(local, {});
    await settle(0, { value: 'one', reason: 'STATIC' });
    remote.expire();
    expect(remote.details(local, {}).value).toBe('one');
    remote.expire();
    remote.details(local, {});
    expect(questions).toHaveLength(3);
    await settle(2, { value: 'three', reason: 'STATIC' });
    await settle(1, { value: 'two', reason: 'STATIC' });
    expect(remote.details(local, {}).value).toBe('three');
    expect(seen.changes).toBe(2);
  });

  it('tells nobody when the answer is the same', async () => {
    const { remote, seen, settle } = start();
    remote.details(local, {});
    await settle(0, { value: 'one', reason: 'STATIC' });
    remote.expire();
    remote.details(local, {});
    await settle(1, { value: 'one', reason: 'STATIC' });
    expect(seen.changes).toBe(1);
  });

  it('asks again after a while when the server could not be asked', async () => {
    vi.useFakeTimers();
    try {
      const { remote, questions, settle } = start();
      remote.details(local, {});
      await settle(0, undefined);
      remote.details(local, {});
      expect(questions).toHaveLength(1);
      vi.advanceTimersByTime(10_000);
      remote.details(local, {});
      expect(questions).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([
    [{ value: 7, reason: 'STATIC' }, 'TYPE_MISMATCH'],
    [{ reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND' }, 'FLAG_NOT_FOUND'],
  ] as const)('answers the default for %o', async (answer, errorCode) => {
    const { remote, settle } = start();
    remote.details(local, {});
    await settle(0, answer);
    expect(remote.details(local, {})).toMatchObject({ value: 'default', reason: 'ERROR', errorCode });
  });

  it('answers the default where the caller is to have it', async () => {
    const { remote, settle } = start();
    remote.details(local, {});
    await settle(0, { reason: 'DISABLED', rule: 'off', revision: 1 });
    expect(remote.details(local, {})).toMatchObject({ value: 'default', reason: 'DISABLED', rule: 'off' });
  });

  it('never throws for a context that is no JSON', () => {
    const { remote } = start();
    expect(remote.details(local, { targetingKey: 'u', big: 1n }).errorCode).toBe('INVALID_CONTEXT');
  });
});
