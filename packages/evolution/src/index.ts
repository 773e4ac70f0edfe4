// The public face of @org/evolution: what may evolve, how it is mutated, who proposes. Pure: no I/O, clock or chance of its own.
export * from './engine/candidate.ts';
export * from './engine/log.ts';
export * from './engine/propose.ts';
export * from './engine/statistics.ts';
export * from './engine/tiers.ts';
export * from './engine/validate.ts';
export * from './limits.ts';
export * from './operators/catalogue.ts';
export * from './operators/move.ts';
export * from './program/check-program.ts';
export { fitModel } from './proposers/model.ts';
export * from './proposers/observation.ts';
export * from './proposers/proposer.ts';
export * from './random.ts';
export * from './space/gene.ts';
export * from './space/read-space.ts';
