// The names on the push channel (docs/spec/wire.md). Publishers write the internal subject, JetStream republishes what it
// accepted to the public one: listeners never see a message that was a duplicate or was fenced off.
import { PushError } from './errors.ts';

/** Stream that holds the deltas. */
export const deltaStream = 'FLAGS_DELTA';
/** Subjects the stream captures; only publishers may write them. */
export const internalDeltaSubjects = 'flags.in.*.d';
/** Where JetStream republishes an accepted delta. */
export const republishedDeltaSubject = 'flags.v1.{{wildcard(1)}}.d';

/** Internal subject of an environment's deltas. @throws PushError for an id that is no subject token. */
export const internalDeltaSubject = (environmentId: string): string => `flags.in.${token(environmentId)}.d`;
/** Public subject of an environment's deltas. @throws PushError for an id that is no subject token. */
export const deltaSubject = (environmentId: string): string => `flags.v1.${token(environmentId)}.d`;
/** Public subject of an environment's heartbeats. @throws PushError for an id that is no subject token. */
export const heartbeatSubject = (environmentId: string): string => `flags.v1.${token(environmentId)}.h`;

const tokenPattern = /^[A-Za-z0-9_-]{1,128}$/;

/** An id goes into permissions: a wildcard or a dot in it would widen them. */
function token(id: string): string {
  if (tokenPattern.test(id)) return id;
  throw new PushError('INVALID', 'an environment id must be 1 to 128 letters, digits, "_" or "-"');
}
