// A process that runs an embedded nats-server until it is killed. Arguments: data directory, binary.
import { startEmbeddedNats } from '@org/push-nats';

const [dataDirectory = '', binary = ''] = process.argv.slice(2);
const nats = await startEmbeddedNats({ dataDirectory, binary });
process.stdout.write(`${String(nats.pid)} ${nats.servers.join()}\n`);
