// The operators for tools that list them. SDKs have no use for this entry.
export { operators } from './registry.ts';
export type { OperandMember, Operator } from './operator.ts';
