// Maps and structs of generated code keep members of any name, times before 1970 are what other languages write.
import { expect, it } from 'vitest';
import { CreateSdkKeyRequest } from '@org/contract/gen/flags/v1/access_service';
import { EvaluateRequest, EvaluateResponse } from '@org/contract/gen/flags/v1/flag_service';
import { RecordRequest } from '@org/contract/gen/flags/v1/event_service';
import { ReportAppliedRequest } from '@org/contract/gen/flags/v1/sync_service';
import { mend } from './mend-generated.ts';

const helpers = { setOwn: './set-own.ts', openEnum: './open-enum.ts' };

it('replaces assignments to names from outside, and nothing else', () => {
  const text =
    'import { a } from "b";\n  message.fields[entry1.key] = entry1.value;\n  obj.key = 1;\n  list[0] = 2;\n';
  expect(mend(text, helpers)).toBe(
    'import { setOwn } from "./set-own.ts";\nimport { a } from "b";\n  setOwn(message.fields, entry1.key, entry1.value);\n  obj.key = 1;\n  list[0] = 2;\n',
  );
  expect(mend('const a = 1;\n', helpers)).toBe('const a = 1;\n');
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

it('reads a time before 1970 with nanoseconds that count forwards', () => {
  const { expiresAt } = CreateSdkKeyRequest.fromJSON({ expiresAt: '1969-12-31T23:59:58.75Z' });
  expect(expiresAt).toEqual({ seconds: -2, nanos: 750_000_000 });
});

it('reads a value that is null as null', () => {
  expect(EvaluateResponse.fromJSON({ value: null }).value).toBeNull();
  expect(EvaluateResponse.fromJSON({}).value).toBeUndefined();
});

it('takes the number of an enum that only newer versions know as unspecified, from bytes alone', () => {
  const status = 6;
  const bytes = Uint8Array.from([
    ...ReportAppliedRequest.encode(ReportAppliedRequest.create({ revision: 7 })).finish(),
    status << 3,
    99,
  ]);
  expect(ReportAppliedRequest.decode(bytes)).toMatchObject({
    revision: 7,
    status: 'APPLY_STATUS_UNSPECIFIED',
  });
  expect(() => ReportAppliedRequest.fromJSON({ status: 99 })).toThrow('99');
});
