// What must never reach a log does not.
import { expect, it } from 'vitest';
import { createLogger } from './logger.ts';

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  let text = '';
  write(createLogger('debug', { write: (line) => void (text += line) }));
  return text;
}

it.each([
  ['a key', 'flags_s_abc123_verySecretPart', 'verySecretPart'],
  ['a token', 'eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl', 'c2lnbmF0dXJl'],
  ['a seed', `SUAM${'A2'.repeat(27)}`, 'A2A2A2'],
])('cuts %s out of messages, fields and errors', (_name, secret, part) => {
  const text = logged((logger) => {
    logger.info({ note: `with ${secret}` }, `got ${secret}`);
    logger.error({ err: new Error(`bad ${secret}`, { cause: new Error(secret) }) }, 'failed');
  });
  expect(text).not.toContain(part);
  expect(text).toContain('[hidden]');
});

it('keeps the public part of a key', () => {
  expect(logged((logger) => logger.info({}, 'key flags_c_id9_secret'))).toContain('flags_c_id9_[hidden]');
});

it('hides fields that hold what callers sent', () => {
  const fields = {
    context: { email: 'a@b.example' },
    headers: { cookie: 'c1' },
    authorization: 'x1',
    body: 'b1',
  };
  expect(logged((logger) => logger.info(fields, 'call'))).not.toMatch(/a@b|c1|x1|b1/);
});

it('writes no properties that an error carries along', () => {
  const error = Object.assign(new Error('no'), { request: { email: 'a@b.example' }, code: 'E1' });
  const text = logged((logger) => logger.error({ err: error }, 'failed'));
  expect(text).toContain('"code":"E1"');
  expect(text).not.toContain('a@b');
});
