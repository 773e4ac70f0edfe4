// Checks parsed JSON against a message by the proto3 JSON mapping, strictly: unknown fields, wrong types and values out of
// range are findings with their path. ts-proto's fromJSON coerces instead ("1" for a bool is true), so it runs after this.
import { ScalarType } from '@bufbuild/protobuf';
import type { DescEnum, DescField, DescMessage } from '@bufbuild/protobuf';
import type { Violation } from '@org/contract';
import { checkScalar } from './check-scalar.ts';
import { checkListValue, checkStruct, checkTimestamp, checkValue } from './check-well-known.ts';
import type { Report } from './findings.ts';
import { createFindings, isObject } from './findings.ts';

const depthMax = 60;

/** Everything that is wrong, at most 100 findings; empty: `fromJSON` reads what was meant. */
export function checkJson(message: DescMessage, json: unknown): readonly Violation[] {
  const findings = createFindings();
  checkMessage(message, json, '', 0, findings.report);
  return findings.violations;
}

function checkMessage(
  message: DescMessage,
  json: unknown,
  path: string,
  depth: number,
  report: Report,
): void {
  if (depth > depthMax) return report(path, 'depth', `Nested deeper than ${depthMax} levels.`);
  switch (message.typeName) {
    case 'google.protobuf.Timestamp':
      return checkTimestamp(json, path, report);
    case 'google.protobuf.ListValue':
      return checkListValue(json, path, depth, report);
    case 'google.protobuf.Struct':
      return checkStruct(json, path, depth, report);
    case 'google.protobuf.Value':
      return checkValue(json, path, depth, report);
  }
  if (!isObject(json)) return report(path, 'type', 'Must be an object.');
  const seen = new Map<string, DescField>();
  for (const [name, value] of Object.entries(json)) {
    const field = fieldByName(message, name);
    // Findings name fields as the proto does, in either spelling, as those of gRPC do.
    const at = path === '' ? (field?.name ?? name) : `${path}.${field?.name ?? name}`;
    if (field === undefined) {
      report(at, 'unknown_field', `${message.name} has no field of this name.`);
      continue;
    }
    const twin = seen.get(uniqueName(field, value));
    if (twin === field) report(at, 'duplicate_field', 'Stands twice, in two spellings.');
    else if (twin !== undefined)
      report(at, 'oneof', `Excludes ${twin.jsonName}: only one of them may be set.`);
    seen.set(uniqueName(field, value), field);
    // null stands for "left out", for every field.
    if (value !== null) checkField(field, value, at, depth, report);
  }
}

/** Fields of a oneof exclude each other, and the two spellings of one field too; what is null is not set. */
function uniqueName(field: DescField, value: unknown): string {
  return field.oneof !== undefined && value !== null ? `oneof ${field.oneof.name}` : `field ${field.name}`;
}

function fieldByName(message: DescMessage, name: string): DescField | undefined {
  return message.fields.find((field) => field.jsonName === name || field.name === name);
}

function checkField(field: DescField, value: unknown, path: string, depth: number, report: Report): void {
  switch (field.fieldKind) {
    case 'scalar':
      return checkScalar(field.scalar, value, path, report);
    case 'enum':
      return checkEnum(field.enum, value, path, report);
    case 'message':
      return checkMessage(field.message, value, path, depth + 1, report);
    case 'list':
      return checkList(field, value, path, depth, report);
    case 'map':
      return checkMap(field, value, path, depth, report);
  }
}

function checkList(
  field: DescField & { fieldKind: 'list' },
  list: unknown,
  path: string,
  depth: number,
  report: Report,
): void {
  if (!Array.isArray(list)) return report(path, 'type', 'Must be an array.');
  list.forEach((item: unknown, index) => checkItem(field, item, `${path}[${index}]`, depth, report));
}

function checkMap(
  field: DescField & { fieldKind: 'map' },
  map: unknown,
  path: string,
  depth: number,
  report: Report,
): void {
  if (!isObject(map)) return report(path, 'type', 'Must be an object.');
  for (const [key, item] of Object.entries(map)) {
    const at = `${path}[${JSON.stringify(key)}]`;
    if (field.mapKey === ScalarType.STRING) checkScalar(ScalarType.STRING, key, at, report);
    checkItem(field, item, at, depth, report);
  }
}

type ItemField = DescField & { fieldKind: 'list' | 'map' };

function checkItem(field: ItemField, item: unknown, path: string, depth: number, report: Report): void {
  const kind = field.fieldKind === 'list' ? field.listKind : field.mapKind;
  if (kind === 'scalar' && field.scalar !== undefined) checkScalar(field.scalar, item, path, report);
  else if (kind === 'enum' && field.enum !== undefined) checkEnum(field.enum, item, path, report);
  else if (field.message !== undefined) checkMessage(field.message, item, path, depth + 1, report);
}

function checkEnum(descriptor: DescEnum, value: unknown, path: string, report: Report): void {
  const known = descriptor.values.some(({ name, number }) => value === name || value === number);
  if (known) return;
  report(path, 'enum', `Must be one of ${descriptor.values.map(({ name }) => name).join(', ')}.`);
}
