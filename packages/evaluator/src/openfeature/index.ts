// What OpenFeature's providers of both SDKs share: contexts in, resolutions out. Knows no OpenFeature package; its words are ours.
export { contextOf } from './context.ts';
export { resolutionOf, type Resolution } from './resolution.ts';
