// Configs in the making: parameters, values, rules, invariants.
import type {
  Config,
  ConfigCondition,
  ConfigCoupling,
  ConfigInvariant,
  ConfigParameter,
  ConfigRule,
  ConfigWeight,
  Expression,
  JsonObject,
  JsonValue,
} from '@org/contract/model';
import type { StoredDocument } from '../model.ts';
import { Draft } from './draft.ts';

/** A config in the making. */
export class ConfigBuilder extends Draft<'config', ConfigBuilder> {
  readonly kind = 'config';

  /** @internal */
  constructor(key: string, document: Config, expectedRevision?: number) {
    super(key, document, expectedRevision);
  }

  protected override make(document: Config, expectedRevision: number | undefined): ConfigBuilder {
    return new ConfigBuilder(this.key, document, expectedRevision);
  }

  /** Declares a parameter: "discount.max" is the member `max` of the object `discount`, made when there is none. */
  parameter(path: string, parameter: ConfigParameter): ConfigBuilder {
    return this.with({ schema: declared(this.document.schema, path.split('.'), parameter) });
  }

  /** Sets a value by its path; undefined takes it away. */
  set(path: string, value: JsonValue | undefined): ConfigBuilder {
    const values = assigned(this.document.values ?? {}, path.split('.'), value);
    return this.with({ values: Object.keys(values).length > 0 ? values : undefined });
  }

  /** A rule at the end: who fulfils `when` gets the patch. Replaces the rule of the same id in its place. */
  rule(id: string, when: Expression, patch: JsonObject): ConfigBuilder {
    return this.#rule({ id, when, patch });
  }

  /** The same with shares of the units, each with a patch of its own, or none. */
  splitRule(id: string, when: Expression, weights: readonly ConfigWeight[]): ConfigBuilder {
    return this.#rule({ id, when, split: { weights } });
  }

  removeRule(id: string): ConfigBuilder {
    return this.with({ rules: this.document.rules?.filter((rule) => rule.id !== id) });
  }

  /** What must hold for all values that a context can get. */
  invariant(id: string, message: string, require: ConfigCondition): ConfigBuilder {
    const invariant: ConfigInvariant = { id, message, require };
    const others = (this.document.invariants ?? []).filter((other) => other.id !== id);
    return this.with({ invariants: [...others, invariant] });
  }

  /** Values that must not occur together. */
  forbid(message: string, values: { readonly [path: string]: JsonValue }): ConfigBuilder {
    return this.with({ forbidden: [...(this.document.forbidden ?? []), { message, values }] });
  }

  /** Parameters that evolution moves together only. */
  couple(
    name: string,
    relation: ConfigCoupling['relation'],
    ...parameters: readonly string[]
  ): ConfigBuilder {
    const others = (this.document.coupled ?? []).filter((other) => other.name !== name);
    return this.with({ coupled: [...others, { name, relation, parameters }] });
  }

  /** Adds to another config of the environment. */
  extends(key: string | undefined, options: { readonly inheritRules?: boolean } = {}): ConfigBuilder {
    return this.with({ extends: key, inheritRules: options.inheritRules });
  }

  /** Browsers get it. */
  clientVisible(clientVisible = true): ConfigBuilder {
    return this.with({ clientVisible });
  }

  describe(description: string): ConfigBuilder {
    return this.with({ description });
  }

  owner(owner: string): ConfigBuilder {
    return this.with({ owner });
  }

  /** All of its tags. */
  tags(...tags: readonly string[]): ConfigBuilder {
    return this.with({ tags });
  }

  #rule(rule: ConfigRule): ConfigBuilder {
    const rules = this.document.rules ?? [];
    const known = rules.some(({ id }) => id === rule.id);
    return this.with({
      rules: known ? rules.map((each) => (each.id === rule.id ? rule : each)) : [...rules, rule],
    });
  }
}

function declared(
  schema: Config['schema'],
  [name = '', ...rest]: readonly string[],
  parameter: ConfigParameter,
): Config['schema'] {
  if (rest.length === 0) return entriesOf(schema, name, parameter);
  const group = Object.hasOwn(schema, name) ? schema[name] : undefined;
  const members = group?.type === 'object' ? (group.members ?? {}) : {};
  const nested = { ...(group?.type === 'object' ? group : {}), type: 'object' } as const;
  return entriesOf(schema, name, { ...nested, members: declared(members, rest, parameter) });
}

function assigned(
  values: JsonObject,
  [name = '', ...rest]: readonly string[],
  value: JsonValue | undefined,
): JsonObject {
  if (rest.length === 0) return entriesOf(values, name, value);
  const below = Object.hasOwn(values, name) ? values[name] : undefined;
  const isObject = typeof below === 'object' && below !== null && !Array.isArray(below);
  const nested = assigned(isObject ? (below as JsonObject) : {}, rest, value);
  return entriesOf(values, name, Object.keys(nested).length > 0 ? nested : undefined);
}

/** The record with another member, whatever its name; undefined takes it away. */
const entriesOf = <T>(
  record: { readonly [name: string]: T },
  name: string,
  value: T | undefined,
): { [name: string]: T } =>
  Object.fromEntries([
    ...Object.entries(record).filter(([other]) => other !== name),
    ...(value === undefined ? [] : [[name, value] as const]),
  ]);

/** A config without parameters, until `parameter` says more. */
export const config = (key: string): ConfigBuilder => new ConfigBuilder(key, { schema: {} });

/** Goes on from a config as it is stored; its commit is refused when somebody changed it meanwhile. */
export const editConfig = ({ key, document, revision }: StoredDocument<'config'>): ConfigBuilder =>
  new ConfigBuilder(key, document, revision);
