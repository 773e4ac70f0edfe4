// AdminService over the application: nothing here but the way from a message to a use case and back.
import type { Result } from '@org/contract';
import { fail, succeed } from '@org/contract';
import { AdminServiceDefinition } from '@org/contract/gen/flags/v1/admin_service';
import { environmentMethod } from '../unary-method.ts';
import type { UnaryTable } from '../unary-method.ts';
import { pageOf } from './page-of.ts';
import { requireFields } from './require-fields.ts';

const { methods } = AdminServiceDefinition;

export const adminMethods = {
  'flags.v1.AdminService/Commit': environmentMethod(methods.commit, (application, grant, request) =>
    application.admin.commit(grant, request),
  ),
  'flags.v1.AdminService/Kill': environmentMethod(methods.kill, (application, grant, request) => {
    const problem = requireFields(request, ['flagKey']);
    return problem ?? application.admin.kill(grant, request);
  }),
  'flags.v1.AdminService/Revert': environmentMethod(methods.revert, (application, grant, request) =>
    application.admin.revert(grant, request),
  ),
  'flags.v1.AdminService/GetDocument': environmentMethod(
    methods.getDocument,
    (application, grant, request) => {
      const problem = requireFields(request, ['kind', 'key']);
      return problem ?? application.admin.getDocument(grant, request.kind, request.key);
    },
  ),
  'flags.v1.AdminService/ListDocuments': environmentMethod(
    methods.listDocuments,
    async (application, grant, request) => {
      const page = pageOf(request);
      if (!page.ok) return page;
      const problem = tooManyDays(request.staleAfterDays);
      if (problem !== undefined) return problem;
      const found = await application.admin.listDocuments(grant, { ...request, ...page.value });
      return mapResult(found, ({ items, nextPageToken, revision }) => ({
        documents: [...items],
        nextPageToken,
        revision,
      }));
    },
  ),
  'flags.v1.AdminService/ListHistory': environmentMethod(
    methods.listHistory,
    async (application, grant, request) => {
      const page = pageOf(request);
      if (!page.ok) return page;
      const { kind, key } = request;
      const found = await application.admin.listHistory(grant, { ...page.value, kind, key });
      return mapResult(found, ({ items, nextPageToken }) => ({ revisions: [...items], nextPageToken }));
    },
  ),
  'flags.v1.AdminService/GetRevision': environmentMethod(methods.getRevision, (application, grant, request) =>
    application.admin.getRevision(grant, request.revision),
  ),
  'flags.v1.AdminService/Diff': environmentMethod(methods.diff, (application, grant, request) =>
    application.admin.diff(grant, request.fromRevision, request.toRevision),
  ),
  'flags.v1.AdminService/WhereUsed': environmentMethod(methods.whereUsed, (application, grant, request) => {
    const problem = requireFields(request, ['kind', 'key']);
    return problem ?? application.admin.whereUsed(grant, request.kind, request.key);
  }),
  'flags.v1.AdminService/ListSchedules': environmentMethod(
    methods.listSchedules,
    async (application, grant, request) => {
      const page = pageOf(request);
      if (!page.ok) return page;
      const found = await application.admin.listSchedules(grant, page.value);
      return mapResult(found, ({ items, nextPageToken }) => ({ schedules: [...items], nextPageToken }));
    },
  ),
  'flags.v1.AdminService/ListLifecycle': environmentMethod(
    methods.listLifecycle,
    async (application, grant, request) => {
      const page = pageOf(request);
      if (!page.ok) return page;
      const problem = tooManyDays(request.staleAfterDays);
      if (problem !== undefined) return problem;
      const found = await application.admin.listLifecycle(grant, { ...request, ...page.value });
      return mapResult(found, ({ items, nextPageToken, revision }) => ({
        flags: [...items],
        nextPageToken,
        revision,
      }));
    },
  ),
  'flags.v1.AdminService/PutListPart': environmentMethod(
    methods.putListPart,
    (application, grant, request) =>
      requireFields(request, ['upload']) ?? application.lists.putPart(grant, request),
  ),
  'flags.v1.AdminService/CommitList': environmentMethod(
    methods.commitList,
    (application, grant, request) =>
      requireFields(request, ['key']) ?? application.lists.commit(grant, request),
  ),
  'flags.v1.AdminService/CheckListMembers': environmentMethod(
    methods.checkListMembers,
    (application, grant, request) => {
      const problem = requireFields(request, ['key']);
      if (problem !== undefined) return problem;
      const found = application.lists.members(grant, request.key, request.ids);
      return mapResult(found, (members) => ({ members: [...members] }));
    },
  ),
  'flags.v1.AdminService/Fleet': environmentMethod(methods.fleet, async (application, grant, request) => {
    const page = pageOf(request);
    if (!page.ok) return page;
    const found = await application.fleet.list(grant, page.value);
    return mapResult(found, ({ items, nextPageToken, revision }) => ({
      members: [...items],
      nextPageToken,
      revision,
    }));
  }),
} satisfies UnaryTable<'AdminService'>;

const staleAfterDaysMax = 3_650;

function tooManyDays(days: number): ReturnType<typeof fail> | undefined {
  if (days <= staleAfterDaysMax) return undefined;
  const message = `At most ${staleAfterDaysMax} days.`;
  const violation = { field: 'stale_after_days', rule: 'max', message };
  return fail('INVALID_REQUEST', message, { violations: [violation] });
}

function mapResult<T, U>(result: Result<T>, map: (value: T) => U): Result<U> {
  return result.ok ? succeed(map(result.value)) : result;
}
