// R33: a grant cannot be made up. The lines marked as errors must not compile; the type check of the project sees to that.
import { expect, it } from 'vitest';
import type { Caller, EnvironmentGrant } from '../application.ts';
import { createFakeApplication } from '../testing/fake-application.ts';

const caller: Caller = { keyId: 'k', keyKind: 'KEY_KIND_SERVER', environmentId: 'e1' };

it('takes a grant of authorize where a use case asks for one, and nothing that looks like it', () => {
  const { fleet } = createFakeApplication();
  // @ts-expect-error: the brand is missing
  const madeUp: EnvironmentGrant = { caller, environmentId: 'e1', view: 'server' };
  // @ts-expect-error: a caller is no grant
  void fleet.list(caller, { pageSize: 1, pageToken: '' }).catch(() => undefined);
  expect(madeUp.environmentId).toBe('e1');
});
