// `@org/flags-web/openfeature`: an OpenFeature provider over a client. Needs @openfeature/web-sdk beside the SDK.
export { createProvider, type ProviderOptions } from './provider.ts';
