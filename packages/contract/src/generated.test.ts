// The generated codecs where they were mended: hostile member names and enums of newer peers survive.
import { describe, expect, it } from 'vitest';
import { Struct } from './gen/google/protobuf/struct.ts';
import { ReportAppliedRequest } from './gen/flags/v1/sync_service.ts';
import { RecordRequest } from './gen/flags/v1/event_service.ts';
import { accessTable } from './gen/access-table.ts';
import { errorCatalogue } from './errors.ts';

describe('generated code', () => {
  it('carries members of any name without touching prototypes', () => {
    const object = JSON.parse('{"__proto__":{"admin":true},"constructor":{"a":1},"plain":2}') as object;
    const back = Struct.unwrap(Struct.decode(Struct.encode(Struct.wrap({ ...object })).finish()));
    expect(Object.keys(back)).toEqual(expect.arrayContaining(['constructor', 'plain']));
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    expect((back as { admin?: boolean }).admin).toBeUndefined();
  });

  it('reads an enum value it does not know as unspecified', () => {
    // Field 6 (status), varint 99.
    const status = ReportAppliedRequest.decode(Uint8Array.of(0x30, 99)).status;
    expect(status).toBe('APPLY_STATUS_UNSPECIFIED');
  });

  it('keeps the numbers of a batch over JSON and bytes', () => {
    const batch = RecordRequest.fromPartial({
      instanceId: 'i-1',
      sequence: 4_294_967_295,
      events: [
        {
          timeMs: 1_795_191_845_569.25,
          body: { $case: 'metric', value: { name: 'purchase', value: 12.5, units: { user: 'ü' } } },
        },
      ],
      dropped: { queue_full: 3 },
    });
    expect(batch.events[0]?.body).toMatchObject({ $case: 'metric', value: { value: 12.5 } });
    expect(RecordRequest.fromJSON(JSON.parse(JSON.stringify(RecordRequest.toJSON(batch))))).toEqual(batch);
    expect(RecordRequest.decode(RecordRequest.encode(batch).finish())).toEqual(batch);
  });

  it('has an access rule with a role for every method', () => {
    const rules = Object.entries(accessTable);
    expect(rules.length).toBeGreaterThan(25);
    for (const [method, rule] of rules) {
      expect(method).toMatch(/^flags\.v1\.\w+\/\w+$/);
      expect(['ROLE_VIEWER', 'ROLE_OPERATOR', 'ROLE_EDITOR', 'ROLE_APPROVER', 'ROLE_ADMIN']).toContain(
        rule.role,
      );
    }
  });

  it('has a hint for every error', () => {
    for (const entry of Object.values(errorCatalogue)) expect(entry.hint).toMatch(/\.$/);
  });
});
