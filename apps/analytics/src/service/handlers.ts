// The methods of AnalyticsService as this process implements them: a message in, a message or a fault out. Access was
// checked by the core; `environment` of every request is an environment's id.
import { fail } from '@org/contract';
import type { Result } from '@org/contract';
import type { AnalyticsServiceDefinition } from '@org/contract/gen/flags/v1/analytics_service';

type Methods = AnalyticsServiceDefinition['methods'];
interface Codec<T> {
  decode(bytes: Uint8Array): T;
}
type MessageOf<C> = C extends Codec<infer T> ? T : never;

export type MethodKey = keyof Methods;
export type RequestOf<M extends MethodKey> = MessageOf<Methods[M]['requestType']>;
export type ResponseOf<M extends MethodKey> = MessageOf<Methods[M]['responseType']>;
export type Handler<M extends MethodKey> = (request: RequestOf<M>) => Promise<Result<ResponseOf<M>>>;

/** One handler for each method, by the method's name with a small first letter. */
export type Handlers = { readonly [M in MethodKey]: Handler<M> };

/** A request that breaks a rule in one field. */
export const invalid = (field: string, rule: string, message: string): ReturnType<typeof fail> =>
  fail('INVALID_REQUEST', message, { violations: [{ field, rule, message }] });
