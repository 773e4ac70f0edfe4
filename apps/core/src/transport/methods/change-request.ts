// ChangeRequestService over the application.
import { succeed } from '@org/contract';
import { ChangeRequestServiceDefinition } from '@org/contract/gen/flags/v1/change_request_service';
import { environmentMethod } from '../unary-method.ts';
import type { UnaryTable } from '../unary-method.ts';
import { pageOf } from './page-of.ts';

const { methods } = ChangeRequestServiceDefinition;

export const changeRequestMethods = {
  'flags.v1.ChangeRequestService/ProposeChange': environmentMethod(
    methods.proposeChange,
    ({ changeRequests }, grant, request) => changeRequests.propose(grant, request),
  ),
  'flags.v1.ChangeRequestService/EditChangeRequest': environmentMethod(
    methods.editChangeRequest,
    ({ changeRequests }, grant, request) => changeRequests.edit(grant, request),
  ),
  'flags.v1.ChangeRequestService/ReviewChangeRequest': environmentMethod(
    methods.reviewChangeRequest,
    ({ changeRequests }, grant, request) => changeRequests.review(grant, request),
  ),
  'flags.v1.ChangeRequestService/ApplyChangeRequest': environmentMethod(
    methods.applyChangeRequest,
    ({ changeRequests }, grant, request) => changeRequests.apply(grant, request),
  ),
  'flags.v1.ChangeRequestService/BypassChangeRequest': environmentMethod(
    methods.bypassChangeRequest,
    ({ changeRequests }, grant, request) => changeRequests.bypass(grant, request),
  ),
  'flags.v1.ChangeRequestService/WithdrawChangeRequest': environmentMethod(
    methods.withdrawChangeRequest,
    ({ changeRequests }, grant, request) => changeRequests.withdraw(grant, request),
  ),
  'flags.v1.ChangeRequestService/GetChangeRequest': environmentMethod(
    methods.getChangeRequest,
    ({ changeRequests }, grant, request) => changeRequests.get(grant, request.number),
  ),
  'flags.v1.ChangeRequestService/ListChangeRequests': environmentMethod(
    methods.listChangeRequests,
    async ({ changeRequests }, grant, request) => {
      const page = pageOf(request);
      if (!page.ok) return page;
      const found = await changeRequests.list(grant, { ...page.value, openOnly: request.openOnly });
      if (!found.ok) return found;
      return succeed({ changeRequests: [...found.value.items], nextPageToken: found.value.nextPageToken });
    },
  ),
} satisfies UnaryTable<'ChangeRequestService'>;
