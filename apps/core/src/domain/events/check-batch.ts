// Checks a batch of events before it is stored: counts, sizes, numbers, units. A batch is stored whole or not at all.
import { limits, type Violation } from '@org/contract';
import { checkJson } from '@org/contract/schema';
import type {
  EvaluationCount,
  Event,
  Exposure,
  MetricEvent,
  RecordRequest,
} from '@org/contract/gen/flags/v1/event_service';
import { canonicalJson } from '@org/sync';
import { checkText } from '../commit/check-request.ts';
import { checkCalls, checkSketch } from './check-telemetry.ts';
import { checkLength, checkTime, violation } from './event-fields.ts';

const instanceIdCharsMax = 128;
const unitsMax = 20;
/** Of kinds and keys; SDKs leave longer ones out. */
export const unitCharsMax = 1_024;
const codeCharsMax = 64;
const droppedReasonsMax = 32;
const findingsMax = 50;

/** Every finding, up to a sensible number of them. */
export function checkBatch(request: RecordRequest): readonly Violation[] {
  const { events, dropped } = request;
  const findings: Violation[] = [...checkBatchId(request)];
  const reasons = Object.entries(dropped);
  if (events.length === 0 && reasons.length === 0)
    findings.push(violation('events', 'min_items', 'The batch is empty.'));
  if (events.length > limits.eventsPerBatchMax) {
    findings.push(violation('events', 'max_items', `At most ${limits.eventsPerBatchMax} events.`));
    return findings;
  }
  if (reasons.length > droppedReasonsMax)
    findings.push(violation('dropped', 'max_members', `At most ${droppedReasonsMax}.`));
  for (const [index, event] of events.entries()) {
    if (findings.length >= findingsMax) break;
    findings.push(...checkEvent(event, `events[${index}]`));
  }
  return findings;
}

/** What identifies the batch, alone. */
export function checkBatchId({ instanceId, sequence }: RecordRequest): readonly Violation[] {
  const findings = checkText(instanceId, 'instance_id', instanceIdCharsMax, 1);
  if (isUint32(sequence)) return findings;
  return [...findings, violation('sequence', 'uint32', 'An integer from 0 to 4,294,967,295.')];
}

const isUint32 = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;

function checkEvent({ timeMs, body }: Event, field: string): readonly Violation[] {
  const findings = checkTime(timeMs, `${field}.time_ms`);
  if (body === undefined) return [...findings, violation(field, 'required', 'The event has no body.')];
  switch (body.$case) {
    case 'exposure':
      return [...findings, ...checkExposure(body.value, `${field}.exposure`)];
    case 'metric':
      return [...findings, ...checkMetric(body.value, `${field}.metric`)];
    case 'evaluationCount':
      return [...findings, ...checkCount(body.value, `${field}.evaluation_count`)];
    case 'calls':
      return [...findings, ...checkCalls(body.value, `${field}.calls`)];
  }
}

const checkExposure = (
  { flagKey, variant, rule, units, attributes }: Exposure,
  field: string,
): readonly Violation[] => [
  ...checkLength(flagKey, `${field}.flag_key`, limits.keyCharsMax, 1),
  ...checkLength(variant, `${field}.variant`, limits.keyCharsMax),
  ...checkLength(rule, `${field}.rule`, 2 * limits.keyCharsMax),
  ...checkUnits(units, `${field}.units`),
  ...(attributes === undefined ? [] : checkReported(attributes, `${field}.attributes`)),
];

/** What overlays report of a context: few, small and plain. */
function checkReported(attributes: Readonly<Record<string, unknown>>, field: string): readonly Violation[] {
  const entries = Object.entries(attributes);
  const { reportedAttributesMax, reportedCharsMax, keyCharsMax } = limits;
  if (entries.length > reportedAttributesMax)
    return [violation(field, 'max_members', `At most ${reportedAttributesMax} attributes.`)];
  return entries.flatMap(([name, value]) => {
    const isPlain = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
    return [
      ...checkLength(name, field, keyCharsMax, 1),
      ...(isPlain ? [] : [violation(field, 'plain', 'Texts, finite numbers and booleans.')]),
      ...(typeof value === 'string' ? checkLength(value, field, reportedCharsMax) : []),
    ];
  });
}

function checkMetric({ name, value, units, attributes }: MetricEvent, field: string): readonly Violation[] {
  const findings = [
    ...checkLength(name, `${field}.name`, limits.keyCharsMax, 1),
    ...checkUnits(units, `${field}.units`),
  ];
  if (value !== undefined && !Number.isFinite(value)) {
    findings.push(violation(`${field}.value`, 'finite', 'The value must be a finite number.'));
  }
  if (attributes === undefined || areSmallAndPlain(attributes)) return findings;
  const problems = checkJson(attributes, `${field}.attributes`);
  if (problems.length > 0) return [...findings, ...problems];
  if (Buffer.byteLength(canonicalJson(attributes)) > limits.eventAttributesBytesMax) {
    findings.push(
      violation(`${field}.attributes`, 'max_bytes', `At most ${limits.eventAttributesBytesMax} bytes.`),
    );
  }
  return findings;
}

const loneSurrogate = /\p{Cs}/u;

/** The usual attributes, a few plain members, told without a copy in canonical JSON: they break no rule. */
function areSmallAndPlain(attributes: Readonly<Record<string, unknown>>): boolean {
  let chars = 0;
  for (const name of Object.keys(attributes)) {
    const value = attributes[name];
    const isText = typeof value === 'string';
    if (!isText && typeof value !== 'boolean' && !Number.isFinite(value)) return false;
    if (loneSurrogate.test(name) || (isText && loneSurrogate.test(value))) return false;
    chars += name.length + (isText ? value.length : 24) + 6;
  }
  // Escapes and UTF-8 make no more than six bytes of a character.
  return chars * 6 <= limits.eventAttributesBytesMax;
}

const checkCount = (count: EvaluationCount, field: string): readonly Violation[] => [
  ...checkLength(count.flagKey, `${field}.flag_key`, limits.keyCharsMax, 1),
  ...checkLength(count.variant, `${field}.variant`, limits.keyCharsMax),
  ...checkLength(count.reason, `${field}.reason`, codeCharsMax),
  ...checkLength(count.rule, `${field}.rule`, 2 * limits.keyCharsMax),
  ...checkLength(count.errorCode, `${field}.error_code`, codeCharsMax),
  ...checkTime(count.fromMs, `${field}.from_ms`),
  ...(count.evaluationTime === undefined
    ? []
    : checkSketch(count.evaluationTime, `${field}.evaluation_time`)),
];

function checkUnits(units: Readonly<Record<string, string>>, field: string): readonly Violation[] {
  const entries = Object.entries(units);
  if (entries.length > unitsMax) return [violation(field, 'max_members', `At most ${unitsMax} units.`)];
  return entries.flatMap(([kind, key]) => [
    ...checkLength(kind, field, unitCharsMax, 1),
    ...checkLength(key, field, unitCharsMax, 1),
  ]);
}
