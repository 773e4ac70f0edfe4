// What a document refers to and where: for the list of who uses it. Reads documents that were checked at commit.
import type { JsonObject, JsonValue } from '@org/contract/model';

/** One reference. */
export interface Reference {
  readonly kind: string;
  readonly key: string;
  /** Where in the document, e.g. `rules[2].when.of[1]`. */
  readonly place: string;
  /** The document that a schedule is going to write or remove; it can do without it. */
  readonly isTarget?: true;
}

/** Every reference of a flag, segment, overlay, schedule or config. */
export function placesOf(kind: string, document: JsonObject): readonly Reference[] {
  const found: Reference[] = [];
  if (kind === 'flag') flagPlaces(document, found);
  if (kind === 'segment') segmentPlaces(document, found);
  if (kind === 'overlay') overlayPlaces(document, found);
  if (kind === 'schedule') schedulePlaces(document, found);
  if (kind === 'config') configPlaces(document, found);
  return found;
}

function flagPlaces(flag: JsonObject, found: Reference[]): void {
  each(flag['prerequisites'], ({ flag: key }, index) => add(found, 'flag', key, `prerequisites[${index}]`));
  each(flag['rules'], ({ when }, index) => expressionPlaces(when, `rules[${index}].when`, found));
}

function segmentPlaces(segment: JsonObject, found: Reference[]): void {
  expressionPlaces(segment['when'], 'when', found);
  for (const name of ['includedLists', 'excludedLists']) {
    const keys = segment[name];
    if (Array.isArray(keys))
      keys.forEach((key: JsonValue, index) => add(found, 'list', key, `${name}[${index}]`));
  }
}

function overlayPlaces(overlay: JsonObject, found: Reference[]): void {
  const target = overlay['target'];
  if (isObject(target) && typeof target['kind'] === 'string')
    add(found, target['kind'], target['key'], 'target');
  expressionPlaces(overlay['eligibility'], 'eligibility', found);
  treePlaces(overlay['patch'], 'patch', found);
}

function configPlaces(config: JsonObject, found: Reference[]): void {
  add(found, 'config', config['extends'], 'extends');
  for (const name of ['rules', 'values', 'schema']) treePlaces(config[name], name, found);
}

/** Segments that tests anywhere in a tree refer to. */
function treePlaces(value: JsonValue | undefined, place: string, found: Reference[]): void {
  if (Array.isArray(value)) {
    value.forEach((item: JsonValue, index) => treePlaces(item, `${place}[${index}]`, found));
  } else if (isObject(value)) {
    if (value['op'] === 'segment') return add(found, 'segment', value['key'], place);
    for (const [name, member] of Object.entries(value)) treePlaces(member, `${place}.${name}`, found);
  }
}

function schedulePlaces(schedule: JsonObject, found: Reference[]): void {
  each(schedule['changes'], ({ kind, key, document }, index) => {
    const place = `changes[${index}]`;
    if (typeof kind !== 'string' || typeof key !== 'string') return;
    found.push({ kind, key, place, isTarget: true });
    if (!isObject(document)) return;
    for (const reference of placesOf(kind, document))
      found.push({ ...reference, place: `${place}.document.${reference.place}` });
  });
}

function expressionPlaces(expression: JsonValue | undefined, place: string, found: Reference[]): void {
  if (!isObject(expression)) return;
  if (expression['op'] === 'segment') add(found, 'segment', expression['key'], place);
  const operands = expression['of'];
  if (Array.isArray(operands)) {
    operands.forEach((operand: JsonValue, index) =>
      expressionPlaces(operand, `${place}.of[${index}]`, found),
    );
  } else expressionPlaces(operands, `${place}.of`, found);
}

function add(found: Reference[], kind: string, key: JsonValue | undefined, place: string): void {
  if (typeof key === 'string') found.push({ kind, key, place });
}

function each(list: JsonValue | undefined, visit: (item: JsonObject, index: number) => void): void {
  if (!Array.isArray(list)) return;
  list.forEach((item: JsonValue, index) => {
    if (isObject(item)) visit(item, index);
  });
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
