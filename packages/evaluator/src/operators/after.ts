// `after`: an instant later than the operand.
import { instantOperator } from './compare-instants.ts';

export const after = instantOperator('after', (instant, bound) => instant > bound);
