// Maps and structs of generated code keep members of any name.
import { expect, it } from 'vitest';
import { EvaluateRequest } from '@org/contract/gen/flags/v1/flag_service';
import { RecordRequest } from '@org/contract/gen/flags/v1/event_service';
import { withOwnMembers } from './own-members.ts';

it('replaces assignments to names from outside, and nothing else', () => {
  const text =
    'import { a } from "b";\n  message.fields[entry1.key] = entry1.value;\n  obj.key = 1;\n  list[0] = 2;\n';
  expect(withOwnMembers(text, './set-own.ts')).toBe(
    'import { setOwn } from "./set-own.ts";\nimport { a } from "b";\n  setOwn(message.fields, entry1.key, entry1.value);\n  obj.key = 1;\n  list[0] = 2;\n',
  );
  expect(withOwnMembers('const a = 1;\n', './set-own.ts')).toBe('const a = 1;\n');
});

it('carries a member called __proto__ through structs and maps, and changes no prototype', () => {
  const context = JSON.parse('{"__proto__":{"admin":true},"a":{"__proto__":1}}') as Record<string, unknown>;
  const bytes = EvaluateRequest.encode({ environment: '', flagKey: 'f', context }).finish();
  const decoded = EvaluateRequest.decode(bytes).context!;
  expect(JSON.stringify(decoded)).toBe(JSON.stringify(context));
  expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
  expect((decoded as { admin?: unknown }).admin).toBeUndefined();
  const dropped = JSON.parse('{"__proto__":7}') as Record<string, number>;
  const record = RecordRequest.decode(RecordRequest.encode(RecordRequest.create({ dropped })).finish());
  expect(Object.entries(record.dropped)).toEqual([['__proto__', 7]]);
});
