// A flag as OpenFeature's manifest sees it: a type, a description, and the default that generated code passes to its SDK. The
// default is the value of the off variant: what the flag answers while it does not decide. Pure.
import type { Flag, JsonObject, JsonValue } from '@org/contract/model';

export const manifestTypes = ['boolean', 'string', 'integer', 'float', 'object'] as const;
export type ManifestType = (typeof manifestTypes)[number];

/** A flag in a manifest; the member names are OpenFeature's. */
export interface ManifestFlag {
  readonly key: string;
  readonly name: string;
  readonly type: ManifestType;
  readonly description?: string;
  readonly defaultValue: JsonValue;
}

/** What a client sends; `defaultValue` may be left out of an update. */
export interface ManifestFlagInput {
  readonly key: string;
  readonly name?: string;
  readonly type: ManifestType;
  readonly description?: string | null;
  readonly defaultValue?: JsonValue;
}

/** Where a flag's document remembers what only the manifest asks for. */
const nameMember = 'name';
const typeMember = 'manifestType';

/** Undefined for a document that is no flag with a value to fall back to. */
export function toManifestFlag(key: string, flag: Flag): ManifestFlag | undefined {
  const defaultValue = defaultValueOf(flag);
  if (defaultValue === undefined) return undefined;
  const name = flag.metadata?.[nameMember];
  return {
    key,
    name: typeof name === 'string' ? name : key,
    type: manifestTypeOf(flag),
    ...(flag.description !== undefined && { description: flag.description }),
    defaultValue,
  };
}

/**
 * The value of the off variant. Without one: false for what is on or off, else the value of the variant that everybody gets, else
 * of the first one.
 */
function defaultValueOf({ type, variants, offVariant, default: serve }: Flag): JsonValue | undefined {
  if (offVariant === undefined && (type === 'boolean' || type === 'kill_switch')) return false;
  const served = serve !== undefined && 'variant' in serve ? serve.variant : undefined;
  const name = [offVariant, served, ...Object.keys(variants)].find((candidate) => candidate !== undefined);
  return name === undefined ? undefined : variants[name];
}

function manifestTypeOf({ type, variants, metadata }: Flag): ManifestType {
  if (type === 'kill_switch') return 'boolean';
  if (type !== 'number') return type;
  const whole = Object.values(variants).every((value) => Number.isSafeInteger(value));
  return whole && metadata?.[typeMember] !== 'float' ? 'integer' : 'float';
}

/** Whether a value is one of the type. */
export function isOfType(type: ManifestType, value: unknown): boolean {
  switch (type) {
    case 'integer':
      return Number.isSafeInteger(value);
    case 'float':
      return typeof value === 'number' && Number.isFinite(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}

/** Whether a flag of this document may be asked for as the type: integers and floats are both numbers. */
export function sameType({ type }: Flag, wanted: ManifestType): boolean {
  const own = wanted === 'integer' || wanted === 'float' ? 'number' : wanted;
  return (type === 'kill_switch' ? 'boolean' : type) === own;
}

/** A new flag: off, so that everybody gets the default until somebody decides otherwise. */
export function newFlag(input: ManifestFlagInput & { readonly defaultValue: JsonValue }): Flag {
  const { type, defaultValue, description } = input;
  const base = {
    enabled: false,
    ...(typeof description === 'string' && { description }),
    ...metadataWith({}, input),
  };
  if (type === 'boolean') {
    const offVariant = defaultValue === true ? 'on' : 'off';
    return { ...base, type, variants: { on: true, off: false }, offVariant, default: { variant: 'on' } };
  }
  const flagType = type === 'integer' || type === 'float' ? 'number' : type;
  const variants = { [defaultName]: defaultValue };
  return { ...base, type: flagType, variants, offVariant: defaultName, default: { variant: defaultName } };
}

const defaultName = 'default';

/** The flag with what the manifest says of it; its rules and everything else stay. */
export function changedFlag(flag: Flag, input: ManifestFlagInput): Flag {
  const { description: before, ...rest } = flag;
  const description = input.description === undefined ? before : (input.description ?? undefined);
  const described = {
    ...rest,
    ...(description !== undefined && { description }),
    ...metadataWith(flag.metadata ?? {}, input),
  };
  return input.defaultValue === undefined ? described : withDefault(described, input.defaultValue);
}

function withDefault(flag: Flag, value: JsonValue): Flag {
  const text = JSON.stringify(value);
  const known = Object.keys(flag.variants).find((name) => JSON.stringify(flag.variants[name]) === text);
  if (known !== undefined) return { ...flag, offVariant: known };
  const name = freeName(flag.variants);
  return { ...flag, variants: { ...flag.variants, [name]: value }, offVariant: name };
}

function freeName(variants: Flag['variants']): string {
  let name = defaultName;
  for (let count = 2; Object.hasOwn(variants, name); count++) name = `${defaultName}-${count}`;
  return name;
}

/** Nothing is remembered that follows from the flag itself. */
function metadataWith(
  { [nameMember]: knownName, [typeMember]: _type, ...rest }: JsonObject,
  { key, name, type }: ManifestFlagInput,
): { readonly metadata?: JsonObject } {
  const shown = name ?? knownName;
  const metadata = {
    ...rest,
    ...(shown !== undefined && shown !== key && { [nameMember]: shown }),
    ...(type === 'float' && { [typeMember]: type }),
  };
  return Object.keys(metadata).length > 0 ? { metadata } : {};
}
