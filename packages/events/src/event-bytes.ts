// What an event weighs, in memory and on the wire, cheaply: an estimate that is never far below the truth.
import type { Event } from './types.ts';

const eventOverhead = 120;
const memberOverhead = 16;

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

const attributeBytes = (attributes: object | undefined): number =>
  attributes ? 2 * JSON.stringify(attributes).length : 0;
