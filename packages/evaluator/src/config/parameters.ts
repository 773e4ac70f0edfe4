// A config's schema, read from a document that nobody has checked: its parameters as a tree and by their paths.
import type { ConfigParameterType } from '@org/contract/model';
import { isRecord, own, type UntrustedRecord } from '../untrusted.ts';
import { configLimits } from './limits.ts';

/** A parameter of a schema. */
export interface Parameter {
  /** E.g. `discount.max`. */
  readonly path: string;
  readonly name: string;
  readonly type: ConfigParameterType;
  /** As authored. */
  readonly spec: UntrustedRecord;
  /** Of an object with members. */
  readonly members: ParameterMap | undefined;
}
export type ParameterMap = ReadonlyMap<string, Parameter>;

const types: ReadonlySet<unknown> = new Set<ConfigParameterType>([
  ...(['number', 'integer', 'string', 'boolean', 'enum', 'duration', 'weights'] as const),
  ...(['list', 'object', 'condition', 'formula', 'function', 'pipeline'] as const),
]);

/** The parameters of a schema on top of those it inherits. What is none, or of an unknown type, is passed over. */
export function readParameters(schema: unknown, inherited: ParameterMap = new Map()): ParameterMap {
  return read(schema, inherited, '', 1, { left: configLimits.parametersMax });
}

function read(
  schema: unknown,
  inherited: ParameterMap,
  prefix: string,
  depth: number,
  budget: { left: number },
): ParameterMap {
  const found = new Map(inherited);
  if (!isRecord(schema) || depth > configLimits.depthMax) return found;
  for (const name of Object.keys(schema)) {
    const spec = own(schema, name);
    const type = isRecord(spec) ? own(spec, 'type') : undefined;
    if (!isRecord(spec) || !types.has(type) || --budget.left < 0) continue;
    const path = prefix + name;
    const nested = type === 'object' ? own(spec, 'members') : undefined;
    const below = inherited.get(name)?.members;
    const members =
      nested === undefined ? undefined : read(nested, below ?? new Map(), `${path}.`, depth + 1, budget);
    found.set(name, { path, name, type: type as ConfigParameterType, spec, members });
  }
  return found;
}

/** One parameter that stands alone: an element of a list, a parameter of a function. */
export function looseParameter(path: string, spec: unknown): Parameter | undefined {
  const parameter = readParameters({ value: spec }).get('value');
  return parameter && { ...parameter, path };
}

/** All parameters by their paths, objects before their members. */
export function byPath(
  parameters: ParameterMap,
  into = new Map<string, Parameter>(),
): Map<string, Parameter> {
  for (const parameter of parameters.values()) {
    into.set(parameter.path, parameter);
    if (parameter.members !== undefined) byPath(parameter.members, into);
  }
  return into;
}

/** Where parameters were before they were renamed: the paths they have now. */
export function renames(parameters: ReadonlyMap<string, Parameter>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { path, spec, members } of parameters.values()) {
    const before = own(spec, 'renamedFrom');
    if (typeof before !== 'string' || parameters.has(before)) continue;
    found.set(before, path);
    for (const below of byPath(members ?? new Map()).keys())
      found.set(before + below.slice(path.length), below);
  }
  return found;
}
