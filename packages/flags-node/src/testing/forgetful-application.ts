// An application that never closes its client. Started by exit.test.ts as a process of its own; prints what it sees.
import { createClient } from '../index.ts';

const [url = '', timeoutMs = '0'] = process.argv.slice(2);
process.on('unhandledRejection', () => process.exit(70));

const client = createClient({ url, key: 'flags_s_a_b' });
client.track('started', { context: { targetingKey: 'u-1' } });
process.stdout.write(await client.ready({ timeoutMs: Number(timeoutMs) }));
// What it awaits, it gets to the end of.
await client.flush();
process.stdout.write(' flushed');
