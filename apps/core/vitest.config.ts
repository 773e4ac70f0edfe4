// See vitest.shared.ts. The stores are tested against a real PostgreSQL and nats-server, too.
import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vitest/config';
import shared from '../../vitest.shared.ts';

const postgres = fileURLToPath(new URL('../../tools/services/vitest-postgres.ts', import.meta.url));
const nats = fileURLToPath(new URL('../../tools/services/vitest-nats.ts', import.meta.url));

export default mergeConfig(shared, { test: { globalSetup: [postgres, nats] } });
