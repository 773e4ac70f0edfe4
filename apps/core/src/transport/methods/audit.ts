// AuditService over the application.
import { succeed } from '@org/contract';
import { AuditServiceDefinition } from '@org/contract/gen/flags/v1/audit_service';
import { installationMethod } from '../unary-method.ts';
import type { UnaryTable } from '../unary-method.ts';
import { pageOf } from './page-of.ts';

const { methods } = AuditServiceDefinition;

export const auditMethods = {
  'flags.v1.AuditService/ListAudit': installationMethod(
    methods.listAudit,
    async ({ audit }, _grant, request) => {
      const page = pageOf(request);
      if (!page.ok) return page;
      const found = await audit.list({ ...page.value, action: request.action });
      if (!found.ok) return found;
      return succeed({ entries: [...found.value.items], nextPageToken: found.value.nextPageToken });
    },
  ),
  'flags.v1.AuditService/VerifyAudit': installationMethod(methods.verifyAudit, ({ audit }, _grant, request) =>
    audit.verify(request),
  ),
} satisfies UnaryTable<'AuditService'>;
