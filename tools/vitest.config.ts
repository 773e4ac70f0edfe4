// See vitest.shared.ts; tools/bench is a project of its own.
import { mergeConfig } from 'vitest/config';
import shared from '../vitest.shared.ts';

export default mergeConfig(shared, { test: { exclude: ['bench/**'] } });
