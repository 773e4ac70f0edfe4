// The audit log of the installation, and whether it is still as it was written.
import type { Calls, ListOptions } from './calls.ts';
import type { Pages } from './pages.ts';
import { count, messageOf, text, truth, type Message } from './read-messages.ts';
import type { CallOptions } from './transport.ts';

/** One entry: who did what to whom. */
export interface AuditEntry {
  readonly sequence: number;
  readonly at: string;
  readonly actorKeyId: string;
  readonly actorPrincipalId: string;
  /** `flag.kill`, `key.revoke`, `change_request.bypass`, … */
  readonly action: string;
  readonly target: string;
  readonly details: object;
  /** SHA-256 over the hash before and this entry. */
  readonly hash: string;
}

/** The newest entry, which stands for all before it. Note it where nobody with the database's password can write. */
export interface AuditHead {
  readonly sequence: number;
  readonly hash: string;
}

export interface AuditVerdict extends AuditHead {
  readonly whole: boolean;
  /** The first entry that is not as it was written; 0 when the log is whole. */
  readonly brokenAt: number;
  readonly problem: string;
}

/** For admins of the installation. */
export interface AuditCalls {
  /** Newest first. */
  audit(options?: ListOptions & { readonly action?: string }): Pages<AuditEntry>;
  /** `known`: a head that was noted before, which the log must still hold. */
  verifyAudit(known?: AuditHead, options?: CallOptions): Promise<AuditVerdict>;
}

export const auditCalls = ({ ask, pages }: Calls): AuditCalls => ({
  audit: (options = {}) => pages('AuditService/ListAudit', 'entries', readEntry, { ...options }),
  async verifyAudit(known, options) {
    const request = known && { knownSequence: known.sequence, knownHash: known.hash };
    const from = await ask('AuditService/VerifyAudit', { ...request }, options);
    return {
      whole: truth(from['whole']),
      brokenAt: count(from['brokenAt']),
      problem: text(from['problem']),
      sequence: count(from['sequence']),
      hash: text(from['hash']),
    };
  },
});

const readEntry = (from: Message): AuditEntry => ({
  sequence: count(from['sequence']),
  at: text(from['at']),
  actorKeyId: text(from['actorKeyId']),
  actorPrincipalId: text(from['actorPrincipalId']),
  action: text(from['action']),
  target: text(from['target']),
  details: messageOf(from['details']),
  hash: text(from['hash']),
});
