// A process that starts a listener and has nothing else to do. Argument: access as JSON.
import { connectDeltaListener, type PushAccess } from '@org/push-nats';

const access = JSON.parse(process.argv[2] ?? '') as PushAccess;
connectDeltaListener({
  access,
  renew: () => Promise.resolve(access),
  onDelta: () => undefined,
  onHeartbeat: () => undefined,
  onState: (state) => void process.stdout.write(state),
  random: Math.random,
});
