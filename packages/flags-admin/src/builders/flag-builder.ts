// Flags in the making. The type parameters hold the flag's value type and the names of its variants, so that a rule that
// serves what the flag does not have is a type error; what is left, the server checks at commit.
import type { Expression, Flag, JsonObject, JsonValue, Rule } from '@org/contract/model';
import type { StoredDocument } from '../model.ts';
import { Draft } from './draft.ts';
import { percentage, serveOf, type Served } from './serve.ts';

/** Where a rule goes and what is said about it. */
export interface RuleOptions {
  readonly description?: string;
  /** In front of the rule with this id. Left out: at the end, or in the place of the rule that it replaces. */
  readonly before?: string;
}

/** A flag in the making. `T` is the type of its values, `V` the names of its variants. */
export class FlagBuilder<T extends JsonValue, V extends string> extends Draft<'flag', FlagBuilder<T, V>> {
  readonly kind = 'flag';

  /** @internal */
  constructor(key: string, document: Flag, expectedRevision?: number) {
    super(key, document, expectedRevision);
  }

  protected override make(document: Flag, expectedRevision: number | undefined): FlagBuilder<T, V> {
    return new FlagBuilder(this.key, document, expectedRevision);
  }

  /** Adds a variant, or gives one another value. */
  variant<N extends string>(name: N, value: T): FlagBuilder<T, V | N> {
    // A member may be called "__proto__", which a spread would set as one.
    const variants = Object.fromEntries([...Object.entries(this.document.variants), [name, value]]);
    return new FlagBuilder<T, V | N>(this.key, { ...this.document, variants }, this.expectedRevision);
  }

  /** Removes a variant. Nothing may serve it any more. */
  withoutVariant<N extends V>(name: N): FlagBuilder<T, Exclude<V, N>> {
    const variants = Object.fromEntries(
      Object.entries(this.document.variants).filter(([key]) => key !== name),
    );
    return new FlagBuilder<T, Exclude<V, N>>(this.key, { ...this.document, variants }, this.expectedRevision);
  }

  /** Switched off, everybody gets the off variant. */
  enabled(enabled = true): FlagBuilder<T, V> {
    return this.with({ enabled });
  }

  /** What a flag serves that is off, killed, or whose prerequisite fails. Undefined: the caller's default. */
  off(variant: V | undefined): FlagBuilder<T, V> {
    return this.with({ offVariant: variant });
  }

  /** What is served when nothing else applies. Undefined: the caller's default. */
  otherwise(served: Served<V> | undefined): FlagBuilder<T, V> {
    return this.with({ default: served === undefined ? undefined : serveOf(served) });
  }

  /** These units get the variant whatever the rules say; each unit has one variant, the last one given. */
  target(variant: V, keys: readonly string[], kind?: string): FlagBuilder<T, V> {
    const given = new Set(keys);
    const others = (this.document.targets ?? []).map((target) =>
      target.kind === kind ? { ...target, keys: target.keys.filter((key) => !given.has(key)) } : target,
    );
    const own = others.find((target) => target.variant === variant && target.kind === kind);
    const merged = {
      variant,
      ...(kind === undefined ? {} : { kind }),
      keys: [...(own?.keys ?? []), ...given],
    };
    const targets = [...others.filter((target) => target !== own), merged].filter(
      ({ keys }) => keys.length > 0,
    );
    return this.with({ targets: targets.length > 0 ? targets : undefined });
  }

  /** Takes units out of the individual targets. */
  untarget(keys: readonly string[], kind?: string): FlagBuilder<T, V> {
    const gone = new Set(keys);
    const targets = (this.document.targets ?? [])
      .map((target) =>
        target.kind === kind ? { ...target, keys: target.keys.filter((key) => !gone.has(key)) } : target,
      )
      .filter(({ keys }) => keys.length > 0);
    return this.with({ targets: targets.length > 0 ? targets : undefined });
  }

  /** Adds a rule, or replaces the one with this id. Rules are tried in order. */
  rule(id: string, when: Expression, served: Served<V>, options: RuleOptions = {}): FlagBuilder<T, V> {
    const { description, before } = options;
    const rule: Rule = {
      id,
      ...(description === undefined ? {} : { description }),
      when,
      serve: serveOf(served),
    };
    const rules = this.document.rules ?? [];
    const own = rules.findIndex((other) => other.id === id);
    if (before === undefined && own >= 0) return this.with({ rules: rules.with(own, rule) });
    const others = rules.filter((other) => other.id !== id);
    const at = others.findIndex((other) => other.id === before);
    return this.with({ rules: others.toSpliced(at < 0 ? others.length : at, 0, rule) });
  }

  withoutRule(id: string): FlagBuilder<T, V> {
    const rules = (this.document.rules ?? []).filter((rule) => rule.id !== id);
    return this.with({ rules: rules.length > 0 ? rules : undefined });
  }

  /** The other flag must serve one of these variants, else this one is off. */
  requires(flag: string, ...variants: readonly string[]): FlagBuilder<T, V> {
    const others = (this.document.prerequisites ?? []).filter((prerequisite) => prerequisite.flag !== flag);
    return this.with({ prerequisites: [...others, { flag, variants }] });
  }

  /** Browsers get it; with `remoteEvaluation` without its rules. */
  clientVisible(
    clientVisible = true,
    options: { readonly remoteEvaluation?: boolean } = {},
  ): FlagBuilder<T, V> {
    return this.with({ clientVisible, remoteEvaluation: options.remoteEvaluation });
  }

  /** JSON Schema of the values, checked at commit. */
  schema(schema: JsonObject | undefined): FlagBuilder<T, V> {
    return this.with({ schema });
  }

  /** It stays in the code on purpose, and is never called stale. */
  permanent(permanent = true): FlagBuilder<T, V> {
    return this.with({ permanent: permanent || undefined });
  }

  describe(description: string): FlagBuilder<T, V> {
    return this.with({ description });
  }

  owner(owner: string): FlagBuilder<T, V> {
    return this.with({ owner });
  }

  /** All of its tags. */
  tags(...tags: readonly string[]): FlagBuilder<T, V> {
    return this.with({ tags });
  }

  metadata(metadata: JsonObject): FlagBuilder<T, V> {
    return this.with({ metadata });
  }
}

type Variants<T extends JsonValue, V extends string> = { readonly [Name in V]: T };

const onOff = { on: true, off: false } as const;

/** A flag with the variants `on` and `off`: off for everybody until a rule or `otherwise` says more. */
export const booleanFlag = (key: string): FlagBuilder<boolean, 'on' | 'off'> =>
  new FlagBuilder(key, {
    type: 'boolean',
    enabled: true,
    variants: onOff,
    offVariant: 'off',
    default: { variant: 'off' },
  });

/** A boolean flag that is on for a percentage of the units, in steps of 0.001. @throws RangeError */
export const percentageFlag = (key: string, percent: number): FlagBuilder<boolean, 'on' | 'off'> =>
  booleanFlag(key).otherwise(percentage(percent, 'on', 'off'));

/** A switch that is on for everybody until somebody kills it. */
export const killSwitch = (key: string): FlagBuilder<boolean, 'on' | 'off'> =>
  new FlagBuilder(key, {
    type: 'kill_switch',
    enabled: true,
    variants: onOff,
    offVariant: 'off',
    default: { variant: 'on' },
  });

/** A flag of texts. `otherwise` and `off` say what it serves; until then the caller's default. */
export const stringFlag = <const V extends string>(
  key: string,
  variants: Variants<string, V>,
): FlagBuilder<string, V> => new FlagBuilder(key, { type: 'string', enabled: true, variants });

/** A flag of numbers. */
export const numberFlag = <const V extends string>(
  key: string,
  variants: Variants<number, V>,
): FlagBuilder<number, V> => new FlagBuilder(key, { type: 'number', enabled: true, variants });

/** A flag of objects and lists. */
export const objectFlag = <T extends JsonValue, const V extends string>(
  key: string,
  variants: Variants<T, V>,
): FlagBuilder<T, V> => new FlagBuilder(key, { type: 'object', enabled: true, variants });

/** Goes on from a flag as it is stored; its commit is refused when somebody changed the flag meanwhile. */
export const editFlag = ({
  key,
  document,
  revision,
}: StoredDocument<'flag'>): FlagBuilder<JsonValue, string> => new FlagBuilder(key, document, revision);
