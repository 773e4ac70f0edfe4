// `@org/flags-node/openfeature`: an OpenFeature provider over a client. Needs @openfeature/server-sdk beside the SDK.
export { createProvider, type ProviderOptions } from './provider.ts';
