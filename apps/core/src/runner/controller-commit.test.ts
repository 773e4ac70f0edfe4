import { expect, it } from 'vitest';
import { fail } from '@org/contract';
import { faultText } from './controller-commit.ts';

it('cuts the text of a fault so that it can be stored', () => {
  const { fault } = fail('INVALID_DOCUMENT', `${'😀'.repeat(2_000)}`);
  for (const message of [fault.message, `x${fault.message}`]) {
    const text = faultText({ ...fault, message });
    expect(text.length).toBeGreaterThanOrEqual(1_999);
    expect(text).not.toMatch(/\p{Cs}/u);
  }
});
