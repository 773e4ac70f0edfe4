// What an event weighs, in memory and on the wire, cheaply: an estimate that is never far below the truth.
import type { LatencySketch } from './latency-sketch.ts';
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
        unitBytes(body.value.units) +
        attributeBytes(body.value.attributes)
      );
    case 'metric':
      return (
        eventOverhead +
        body.value.name.length +
        unitBytes(body.value.units) +
        attributeBytes(body.value.attributes)
      );
    case 'evaluationCount':
      return eventOverhead + namesBytes(body.value) + sketchBytes(body.value.evaluationTime);
    case 'calls':
      return (
        eventOverhead +
        namesBytes(body.value) +
        sketchBytes(body.value.latency) +
        hashBytes * body.value.unitsWithErrors.length
      );
  }
};

interface Names {
  readonly flagKey: string;
  readonly variant: string;
  readonly rule: string;
}
const namesBytes = ({ flagKey, variant, rule }: Names): number =>
  flagKey.length + variant.length + rule.length;

/** Of an index with its count. */
const bucketBytes = 16;
const hashBytes = 8;
const sketchBytes = (sketch: LatencySketch | undefined): number =>
  bucketBytes * (sketch?.indices.length ?? 0);

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
