// The NATS adapter: the only package that knows NATS. SDKs import `@org/push-nats/listener`, which needs the client alone.
export { createAuthoritySeeds, createNatsAuthority, listenerLifetimeMsMax } from './authority.ts';
export type {
  AccountSeeds,
  AuthoritySeeds,
  ListenerCredentials,
  ListenerRequest,
  NatsAuthority,
  UserCredentials,
} from './authority.ts';
export { loadAuthoritySeeds } from './authority-file.ts';
export type { PushTls } from './connection.ts';
export { startEmbeddedNats } from './embedded.ts';
export type { EmbeddedNats, EmbeddedNatsOptions } from './embedded.ts';
export { PushError, type PushErrorCode } from './errors.ts';
export { isAccessDenied, openDeltaListener } from './listener.ts';
export type { DeltaListener, DeltaListenerOptions, LinkEnd, PushAccess } from './listener.ts';
export { createDeltaPublisher } from './publisher.ts';
export type {
  DeltaPublication,
  DeltaPublisher,
  DeltaPublisherOptions,
  PublishedRevision,
  PublishOutcome,
} from './publisher.ts';
export { createRevoker } from './revocation.ts';
export type { Revoker, RevokerOptions } from './revocation.ts';
export { serverConfigText } from './server-config.ts';
export type { ClusterConfig, ServerConfig } from './server-config.ts';
export { startServerProcess } from './server-process.ts';
export type { ServerProcess, ServerProcessOptions } from './server-process.ts';
export { deltaSubject, heartbeatSubject } from './subjects.ts';
