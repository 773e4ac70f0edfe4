// A process that opens a listener and has nothing else to do. Arguments: access as JSON.
import { openDeltaListener, type PushAccess } from '@org/push-nats';

const access = JSON.parse(process.argv[2] ?? '') as PushAccess;
await openDeltaListener({
  access,
  renew: () => Promise.resolve(access),
  onDelta: () => undefined,
  onHeartbeat: () => undefined,
  random: Math.random,
});
process.stdout.write('listening');
