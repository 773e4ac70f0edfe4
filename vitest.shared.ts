// Settings of every project's tests. `*.long.test.ts` and what asks for FLAGS_TEST_LONG=1 is for `npm run test:long`.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));
// Our packages export their sources under this condition; nothing has to be built before a test.
const source = '@org/source';
const long = process.env['FLAGS_TEST_LONG'] === '1';
// Set by Nx: the run leaves its counts where tools/tasks/test.ts adds them up.
const project = process.env['NX_TASK_TARGET_PROJECT'];
const results = project && join(root, '.cache', 'test-results', `${project}.json`);

export default defineConfig({
  cacheDir: join(root, '.cache', 'vite'),
  resolve: { conditions: [source, ...defaultClientConditions] },
  ssr: { resolve: { conditions: [source, ...defaultServerConditions], externalConditions: [source] } },
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', ...(long ? [] : ['**/*.long.test.ts'])],
    // For processes and threads of our own that a test starts: they read sources, too.
    execArgv: [`--conditions=${source}`],
    pool: 'forks',
    maxWorkers: 2,
    allowOnly: false,
    testTimeout: long ? 1_800_000 : 60_000,
    hookTimeout: 120_000,
    ...(results ? { reporters: ['default', 'json'], outputFile: { json: results } } : {}),
  },
});
