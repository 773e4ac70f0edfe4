// What the flag that stands for a config serves: by what decided, the values of the contexts it decided for.
import type { EvaluationContext } from '@org/contract/model';
import type { FlagHandle } from '../types.ts';
import { configLimits } from './limits.ts';
import { Served, type ServedConfig } from './served.ts';

/** The handle of the flag that answers which rule applies below an overlay. */
export type RulesHandle = FlagHandle<object>;

/** An overlay's patch on top of what the rules below it give. */
export class OverlayServed {
  readonly #config: ServedConfig;
  readonly #patch: unknown;
  readonly #rules: RulesHandle;
  #merged = new Map<Served, Served>();

  constructor(config: ServedConfig, patch: unknown, rules: RulesHandle) {
    this.#config = config;
    this.#patch = patch;
    this.#rules = rules;
  }

  serve(context: EvaluationContext): Served | undefined {
    const { value, rule } = this.#rules.details(context);
    const below = value instanceof Choice ? value.of(rule)?.serve(context) : undefined;
    if (below === undefined) return undefined;
    const known = this.#merged.get(below);
    if (known !== undefined) return known;
    const merged = new Served(this.#config, this.#patch, below);
    if (this.#merged.size >= configLimits.combinationsMax) this.#merged = new Map();
    this.#merged.set(below, merged);
    return merged;
  }
}

/** Values that nothing else is put on top of. */
export class RuleServed {
  readonly #served: Served;

  constructor(served: Served) {
    this.#served = served;
  }

  serve(): Served {
    return this.#served;
  }
}

/** One variant of the flag: the same name may stand for different values, by what decided. */
export class Choice {
  readonly #byRule = new Map<string, RuleServed | OverlayServed>();

  set(rule: string, served: RuleServed | OverlayServed): void {
    this.#byRule.set(rule, served);
  }

  of(rule: string | undefined): RuleServed | OverlayServed | undefined {
    return this.#byRule.get(rule ?? '');
  }
}
