// Trees of values: merging patches as the schema is nested, reading and setting by path. Members may have any name.
import type { JsonObject, JsonValue } from '@org/contract/model';
import { isRecord, own, type UntrustedRecord } from '../untrusted.ts';
import type { ParameterMap } from './parameters.ts';

/** Sets an own member, whatever its name. */
export function setMember(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') target[name] = value;
  else Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

/**
 * The values with a patch on top: objects with members are merged, other parameters are replaced whole, null takes a value
 * away. What the schema does not know is left out.
 */
export function mergeValues(parameters: ParameterMap, values: unknown, patch: unknown): JsonObject {
  const merged: Record<string, unknown> = {};
  for (const { name, members } of parameters.values()) {
    const below = memberOf(values, name);
    const above = memberOf(patch, name);
    if (members !== undefined && above !== null) {
      const nested = mergeValues(members, below, above);
      if (Object.keys(nested).length > 0) setMember(merged, name, nested);
    } else if (members === undefined) {
      const value = above === undefined ? below : above;
      if (value !== undefined && value !== null) setMember(merged, name, value);
    }
  }
  return merged as JsonObject;
}

const memberOf = (values: unknown, name: string): unknown =>
  isRecord(values) ? own(values, name) : undefined;

/** What lies at a path; undefined when there is nothing. */
export function valueAt(values: unknown, path: string): JsonValue | undefined {
  let value: unknown = values;
  for (const name of path.split('.')) {
    if (!isRecord(value)) return undefined;
    value = own(value, name);
  }
  return value as JsonValue | undefined;
}

/** The tree with another value at a path; undefined takes it away, with objects that are empty then. */
export function withValueAt(values: JsonObject, path: string, value: JsonValue | undefined): JsonObject {
  const [name = '', ...rest] = path.split('.');
  const below = own(values, name);
  const next =
    rest.length === 0
      ? value
      : withValueAt(isRecord(below) ? (below as JsonObject) : {}, rest.join('.'), value);
  const changed: Record<string, unknown> = {};
  for (const each of Object.keys(values)) if (each !== name) setMember(changed, each, own(values, each));
  const isEmpty = isRecord(next) && rest.length > 0 && Object.keys(next).length === 0 && value === undefined;
  if (next !== undefined && !isEmpty) setMember(changed, name, next);
  return changed as JsonObject;
}

/** Every path of a tree that leads to a parameter's value or to something the schema does not know. */
export function pathsOf(parameters: ParameterMap, values: UntrustedRecord, prefix = ''): readonly string[] {
  return Object.keys(values).flatMap((name) => {
    const parameter = parameters.get(name);
    const value = own(values, name);
    return parameter?.members !== undefined && isRecord(value)
      ? pathsOf(parameter.members, value, `${prefix}${name}.`)
      : [prefix + name];
  });
}
