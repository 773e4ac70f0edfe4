// Stands in for @grpc/grpc-js in the published bundle: the generated code names its client classes, and this SDK uses
// none of them (docs/adr/0009).

/** Named by generated code as a type only. */
export class Client {}

/** Called by generated code for clients that nobody uses. */
export const makeGenericClientConstructor = (): undefined => undefined;
