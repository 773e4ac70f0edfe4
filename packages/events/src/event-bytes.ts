// What an event weighs, in memory and on the wire, cheaply: an estimate that is never far below the truth.
import type { Event } from './types.ts';

const eventOverhead = 120;
const memberOverhead = 16;
const numberChars = 24;

const unitBytes = (units: { readonly [kind: string]: string }): number => {
  let bytes = 0;
  for (const kind of Object.keys(units))
    bytes += memberOverhead + kind.length + 2 * (units[kind]?.length ?? 0);
  return bytes;
};

/** Bytes to count for an event. Attributes were weighed when the event was made and count as much as they may have. */
export const eventBytes = ({ body }: Event): number => {
  switch (body.$case) {
    case 'exposure':
      return (
        eventOverhead +
        body.value.flagKey.length +
        body.value.variant.length +
        body.value.rule.length +
        unitBytes(body.value.units)
      );
    case 'metric':
      return (
        eventOverhead +
        body.value.name.length +
        unitBytes(body.value.units) +
        attributeBytes(body.value.attributes)
      );
    case 'evaluationCount':
      return eventOverhead + body.value.flagKey.length + body.value.variant.length + body.value.rule.length;
  }
};

const attributeBytes = (attributes: { readonly [name: string]: unknown } | undefined): number => {
  if (!attributes) return 0;
  let chars = 2;
  for (const name of Object.keys(attributes)) {
    const value = attributes[name];
    if (typeof value === 'object') return 2 * JSON.stringify(attributes).length;
    chars += name.length + (typeof value === 'string' ? value.length : numberChars) + 6;
  }
  return 2 * chars;
};
