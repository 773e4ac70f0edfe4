// Schemas of the authored documents and what they find. Pure; not for browsers (zod is large).
export { checkKey, checkSchema, isDocumentKind } from './check-schema.ts';
export { documentSchemas } from './documents.ts';
export { checkJson, jsonDepthMax, memberPath } from './json.ts';
export { pathText, violationsOf } from './violations.ts';
