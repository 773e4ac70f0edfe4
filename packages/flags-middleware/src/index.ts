// What the middleware of all frameworks is made of, for frameworks that have none here.
export { languageAttributes, type LanguageAttributes } from './accept-language.ts';
export {
  buildContext,
  countryFromHeader,
  type ContextOptions,
  type DerivedAttribute,
  type RequestFacts,
} from './request-context.ts';
export { userAgentAttributes, type UserAgentAttributes } from './user-agent.ts';
