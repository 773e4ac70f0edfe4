// The bodies of the manifest API, checked: all findings at once, each with its field.
import type { Result, Violation } from '@org/contract';
import { fail, succeed } from '@org/contract';
import { isObject } from '../json/findings.ts';
import { parseJson } from '../json/read-json.ts';
import { isOfType, manifestTypes } from './manifest-flag.ts';
import type { ManifestFlagInput, ManifestType } from './manifest-flag.ts';

const members = new Set(['key', 'name', 'type', 'description', 'defaultValue']);

/** The flag in a body; `needsDefault`: for a new one. */
export function readManifestFlag(body: Uint8Array, needsDefault: boolean): Result<ManifestFlagInput> {
  const json = parseJson(body);
  if (!json.ok) return json;
  const violations = isObject(json.value)
    ? check(json.value, needsDefault)
    : [{ field: '', rule: 'type', message: 'The body must be an object.' }];
  const [first] = violations;
  if (first === undefined) return succeed(json.value as ManifestFlagInput);
  return fail('INVALID_REQUEST', `${first.field || 'the body'}: ${first.message}`, { violations });
}

function check(json: Readonly<Record<string, unknown>>, needsDefault: boolean): readonly Violation[] {
  const findings: Violation[] = [];
  const report = (field: string, rule: string, message: string): void =>
    void findings.push({ field, rule, message });
  for (const name of Object.keys(json)) {
    if (!members.has(name)) report(name, 'unknown_field', 'A manifest flag has no such member.');
  }
  const { key, name, type, description, defaultValue } = json;
  if (typeof key !== 'string' || key === '') report('key', 'required', 'Must be the key of a flag.');
  if (name !== undefined && typeof name !== 'string') report('name', 'type', 'Must be a text.');
  if (!(manifestTypes as readonly unknown[]).includes(type)) {
    report('type', 'enum', `Must be one of ${manifestTypes.join(', ')}.`);
  } else if (defaultValue !== undefined && !isOfType(type as ManifestType, defaultValue)) {
    report('defaultValue', 'type', `Must be of type ${String(type)}.`);
  }
  if (description !== undefined && description !== null && typeof description !== 'string')
    report('description', 'type', 'Must be a text or null.');
  if (needsDefault && defaultValue === undefined) report('defaultValue', 'required', 'Must be set.');
  return findings;
}
