// Which push channel the application asked for.
import type { FlagsError } from '../errors.ts';
import type { Platform } from '../platform.ts';
import type { ClientOptions } from '../types.ts';
import { createAutoChannel } from './auto-channel.ts';
import { createNatsListener } from './nats-listener.ts';
import type { PushChannel, Subscriber } from './push-channel.ts';
import { createWatchChannel } from './watch-channel.ts';

/** Watch alone, NATS alone, or NATS with Watch to fall back on. */
export const createChannel = (
  { transport = 'auto', natsTls }: Pick<ClientOptions, 'transport' | 'natsTls'>,
  subscriber: Subscriber,
  platform: Platform,
  onError: (error: FlagsError) => void,
): PushChannel => {
  const watch = createWatchChannel(subscriber);
  if (transport === 'grpc') return watch;
  const nats = createNatsListener({ subscriber, platform, tls: natsTls });
  return createAutoChannel({ nats, watch: transport === 'nats' ? undefined : watch, platform, onError });
};
