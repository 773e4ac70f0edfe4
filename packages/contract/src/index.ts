// The public contract: document types, schemas, limits, errors. Generated protobuf code: @org/contract/gen/*.
export * from './model/index.ts';
export * from './errors.ts';
export * from './limits.ts';
