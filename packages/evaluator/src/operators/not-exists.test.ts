import { expect, it } from 'vitest';
import { anyValues, passing } from '../testing/operators.ts';
import { notExists } from './not-exists.ts';

it('takes what is missing, and null', () => {
  expect(passing(notExists, {}, anyValues)).toEqual([undefined, null]);
});
