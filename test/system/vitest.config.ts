// See vitest.shared.ts. The tests here start and kill whole processes; their conditions are patient for up to 120 s each, so
// that a busy machine fails none.
import { mergeConfig } from 'vitest/config';
import shared from '../../vitest.shared.ts';

const testTimeout = Math.max(300_000, shared.test?.testTimeout ?? 0);

export default mergeConfig(shared, { test: { testTimeout } });
