// What the steps of a flag share while it is compiled. Holds no logic.
import type { FlagType, JsonValue } from '@org/contract/model';
import type { ExpressionScope } from './expression.ts';
import type { Findings } from './findings.ts';
import type { OutcomeFields, OutcomeOwner, OutcomeRecord } from './outcome.ts';
import type { CompiledOverlay } from './overlay.ts';
import type { ProgramCell } from './program.ts';
import type { HashProbe } from './split.ts';
import type { StickyPort } from './sticky.ts';
import type { UntrustedRecord } from './untrusted.ts';

/** What compiling a flag needs to know of the world around it. */
export interface FlagScope extends ExpressionScope {
  readonly owner: OutcomeOwner;
  /** True when only findings are wanted: what is costly to build is left out. */
  readonly isCheck: boolean;
  readonly probe: HashProbe;
  readonly sticky: StickyPort | undefined;
  /** The stable place of another flag's program; there is one for every key. */
  readonly flag: (key: string) => ProgramCell;
  /** The overlays for the flag, in the order of their keys. */
  readonly overlays: readonly FlagOverlay[];
}

/** An overlay, and where to report what its flag cannot serve. */
export interface FlagOverlay {
  readonly key: string;
  readonly overlay: CompiledOverlay;
  readonly findings: Findings;
}

/** A flag on its way to a program. */
export interface FlagParts {
  readonly document: UntrustedRecord;
  readonly type: FlagType;
  readonly scope: FlagScope;
  readonly variants: ReadonlyMap<unknown, JsonValue>;
  /** All outcomes made so far. */
  readonly outcomes: readonly OutcomeRecord[];
  readonly outcome: (fields: OutcomeFields) => OutcomeRecord;
  /** The off variant, or the caller's default. */
  readonly off: (reason: 'DISABLED' | 'DEFAULT', rule: string) => OutcomeRecord;
}
