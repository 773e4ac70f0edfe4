// `before`: an instant earlier than the operand.
import { instantOperator } from './compare-instants.ts';

export const before = instantOperator('before', (instant, bound) => instant < bound);
