// Admission: refuses work the server could not finish in time, before it is parsed (R22). Methods with reserved capacity
// (Kill) count apart and are not refused for a slow event loop. Must stay cheap: it runs before every call.
import { fail } from '@org/contract';
import type { Fault } from '@org/contract';
import type { LoopDelay } from './loop-delay.ts';

export interface AdmissionLimits {
  /** Calls under way, all methods without reserved capacity. */
  readonly callsMax: number;
  /** Calls under way of methods with reserved capacity. */
  readonly reservedCallsMax: number;
  /** Up to here nothing is refused. */
  readonly loopDelayMsTarget: number;
  /** From here on everything without reserved capacity is refused. */
  readonly loopDelayMsMax: number;
}

export interface Admission {
  /** Undefined: admitted, and `leave` must follow once. A fault: refused, and it must not. */
  enter(reserved: boolean): Fault | undefined;
  leave(reserved: boolean): void;
  readonly calls: number;
  readonly refused: number;
}

/**
 * A turn counts for several once the one before it was long too: what needs many of them (a commit, a kill) must go on
 * meanwhile. A long turn alone is none of a queue: code that runs for the first time, a large snapshot.
 */
const turnWeight = 4;
const retryAfterMsBase = 500;
const retryAfterMsSpread = 1_500;

/** `random` spreads both the refusals (no all-or-nothing under load) and the delays after which callers come back. */
export function createAdmission(
  limits: AdmissionLimits,
  loopDelay: LoopDelay,
  random: () => number,
): Admission {
  let calls = 0;
  let reservedCalls = 0;
  let refused = 0;

  function enter(reserved: boolean): Fault | undefined {
    if (reserved) {
      if (reservedCalls >= limits.reservedCallsMax) return refuse();
      reservedCalls++;
      return undefined;
    }
    if (calls >= limits.callsMax || isSlow()) return refuse();
    calls++;
    return undefined;
  }

  function isSlow(): boolean {
    const weight = loopDelay.lastMs * turnWeight > limits.loopDelayMsTarget ? turnWeight : 1;
    const lateMs = Math.max(loopDelay.ms, weight * loopDelay.turnMs());
    const over = lateMs - limits.loopDelayMsTarget;
    return over > 0 && random() * (limits.loopDelayMsMax - limits.loopDelayMsTarget) < over;
  }

  function refuse(): Fault {
    refused++;
    return overloaded(random);
  }

  return {
    enter,
    leave: (reserved) => void (reserved ? reservedCalls-- : calls--),
    get calls() {
      return calls + reservedCalls;
    },
    get refused() {
      return refused;
    },
  };
}

const overloadedFaults = new Map<number, Fault>();

/** The fault of work that is refused for now, with a delay of 0.5 to 2 s. One for each delay: refusing must cost little. */
export function overloaded(random: () => number): Fault {
  const retryAfterMs = Math.round(retryAfterMsBase + random() * retryAfterMsSpread);
  const known = overloadedFaults.get(retryAfterMs);
  if (known !== undefined) return known;
  const { fault } = fail('OVERLOADED', 'The server has too much to do just now.', { retryAfterMs });
  overloadedFaults.set(retryAfterMs, fault);
  return fault;
}
