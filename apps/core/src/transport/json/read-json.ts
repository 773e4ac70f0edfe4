// From the bytes of a body to a message: UTF-8, JSON, then the proto3 JSON mapping. Every failure names field and rule.
import type { DescMessage } from '@bufbuild/protobuf';
import { fail, succeed } from '@org/contract';
import type { Result } from '@org/contract';
import { checkJson } from './check-json.ts';
import { duplicateMember } from './duplicate-member.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Parses a body as JSON text. */
export function parseJson(body: Uint8Array): Result<unknown> {
  let text;
  try {
    text = utf8.decode(body);
  } catch {
    return malformed('', 'utf8', 'The body is not text in UTF-8.');
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return malformed('', 'json', 'The body is not JSON.');
  }
  const duplicate = duplicateMember(text);
  if (duplicate === undefined) return succeed(json);
  return malformed(duplicate, 'duplicate_field', 'Stands twice in the same object.');
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

function malformed(field: string, rule: string, message: string): Result<never> {
  const told = field === '' ? message : `${field}: ${message}`;
  return fail('INVALID_REQUEST', told, { violations: [{ field, rule, message }] });
}
