// From the bytes of a body to a message: UTF-8, JSON, then the proto3 JSON mapping. Every failure names field and rule.
import type { DescMessage } from '@bufbuild/protobuf';
import { fail, succeed } from '@org/contract';
import type { Result } from '@org/contract';
import { checkJson } from './check-json.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Parses a body as JSON text. */
export function parseJson(body: Uint8Array): Result<unknown> {
  let text;
  try {
    text = utf8.decode(body);
  } catch {
    return malformed('utf8', 'The body is not text in UTF-8.');
  }
  try {
    return succeed(JSON.parse(text) as unknown);
  } catch {
    return malformed('json', 'The body is not JSON.');
  }
}

/** Reads parsed JSON as a message; `fromJson` is its generated reader. */
export function readMessage<T>(
  descriptor: DescMessage,
  json: unknown,
  fromJson: (json: unknown) => T,
): Result<T> {
  const violations = checkJson(descriptor, json);
  if (violations.length === 0) return succeed(fromJson(json));
  const [first] = violations;
  return fail('INVALID_REQUEST', `${descriptor.name}: ${first!.field || 'the body'}: ${first!.message}`, {
    violations,
  });
}

function malformed(rule: string, message: string): Result<never> {
  return fail('INVALID_REQUEST', message, { violations: [{ field: '', rule, message }] });
}
