// The public face of the browser SDK.
export { createClient } from './create-client.ts';
export {
  createMemoryClient,
  type MemoryClient,
  type MemoryDocuments,
  type MemoryFlag,
} from './memory-client.ts';
export type * from './types.ts';
