// Which bodies a route reads.
import { fail } from '@org/contract';
import type { Fault } from '@org/contract';

/** Whether a Content-Type names one of the types, with no charset but UTF-8. */
export function isMediaType(contentType: string | undefined, accepted: readonly string[]): boolean {
  const [type = '', ...parameters] = (contentType ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  return accepted.includes(type) && (charset === undefined || /^charset="?utf-8"?$/.test(charset));
}

/** Answered with status 415. */
export function unsupportedMediaType(accepted: readonly string[]): Fault {
  const message = `Send ${accepted.join(' or ')} in UTF-8.`;
  return fail('INVALID_REQUEST', message, {
    violations: [{ field: 'content-type', rule: 'media_type', message }],
  }).fault;
}
