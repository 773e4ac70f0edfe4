// Compiles an overlay: who is in. What it serves is compiled with the flag it is for, by `compileServe`.
import type { Condition } from './attributes.ts';
import { cutOf, isAtLeast } from './bucket.ts';
import { compileExpression, type ExpressionScope } from './expression.ts';
import type { Findings } from './findings.ts';
import { limits } from './limits.ts';
import { isKeyList } from './segment.ts';
import { compileHash } from './serve.ts';
import type { HashUnit } from './split.ts';
import { isRecord, nameIn, own, type UntrustedRecord } from './untrusted.ts';

/** Attributes of one kind of a context that go with exposures; `user` where the kind is left out. */
export interface OverlayReport {
  readonly attributes: readonly string[];
  readonly kind: string | undefined;
}

/** An overlay without its flag. */
export interface CompiledOverlay {
  readonly live: boolean;
  readonly serve: unknown;
  /** Overlays with the same bucketing can share the hash. */
  readonly bucketing: string;
  readonly hash: HashUnit;
  readonly ranges: Int32Array;
  readonly eligible: Condition | undefined;
  /** What its exposures carry of the context; undefined when nobody analyses them. */
  readonly report: OverlayReport | undefined;
}

/** Undefined after something was reported. */
export function compileOverlay(
  key: string,
  document: unknown,
  scope: ExpressionScope,
): CompiledOverlay | undefined {
  const { findings } = scope;
  if (!isRecord(document)) {
    findings.add('document');
    return undefined;
  }
  if (targetOf(document) === undefined) findings.add('overlay_target', '', 'target');
  const mode = own(document, 'mode');
  if (mode !== 'live' && mode !== 'shadow') findings.add('overlay_mode', '', 'mode');
  const patch = own(document, 'patch');
  if (!isRecord(patch) || own(patch, 'serve') === undefined) findings.add('overlay_patch', '', 'patch');
  const layer = own(document, 'layer') ?? key;
  if (typeof layer !== 'string') findings.add('layer', '', 'layer');
  const eligible = compileEligibility(document, scope);
  const hash = compileHash(document, nameIn(layer), findings);
  const ranges = compileRanges(own(document, 'ranges'), findings);
  const report = compileReport(document, findings);
  if (findings.list.length > 0 || hash === undefined || ranges === undefined) return undefined;
  return {
    live: mode === 'live',
    serve: own(patch as UntrustedRecord, 'serve'),
    bucketing: bucketingOf(document, key),
    hash: hash.hash,
    ...{ ranges, eligible, report },
  };
}

/** The key of the flag an overlay is for. */
export function targetOf(document: UntrustedRecord): string | undefined {
  const target = own(document, 'target');
  if (!isRecord(target) || own(target, 'kind') !== 'flag') return undefined;
  const key = own(target, 'key');
  return typeof key === 'string' ? key : undefined;
}

function compileReport(document: UntrustedRecord, findings: Findings): OverlayReport | undefined {
  const attributes = own(document, 'report');
  if (attributes === undefined) return undefined;
  if (isKeyList(attributes) && attributes.length <= limits.reportedAttributesMax)
    return { attributes, kind: own(document, 'kind') as string | undefined };
  findings.add('report', '', 'report');
  return undefined;
}

function compileEligibility(document: UntrustedRecord, scope: ExpressionScope): Condition | undefined {
  const eligibility = own(document, 'eligibility');
  if (eligibility === undefined) return undefined;
  scope.findings.enter('eligibility');
  const compiled = compileExpression(eligibility, scope);
  scope.findings.leave();
  return compiled?.condition;
}

/** Pairs of hashes, both inclusive: what lies in one of the ranges of buckets. */
function compileRanges(ranges: unknown, findings: Findings): Int32Array | undefined {
  if (!Array.isArray(ranges)) {
    findings.add('ranges', '', 'ranges');
    return undefined;
  }
  const bounds: number[] = [];
  ranges.forEach((range: unknown, index) => {
    if (!isBucketRange(range)) findings.add('bucket_range', '', 'ranges', index);
    else if (range.from < range.to) bounds.push(lowest(range.from), highest(range.to));
  });
  return Int32Array.from(bounds);
}

/** True for integers with 0 ≤ from ≤ to ≤ 100,000. */
export function isBucketRange(range: unknown): range is { readonly from: number; readonly to: number } {
  if (!isRecord(range)) return false;
  const from = own(range, 'from');
  const to = own(range, 'to');
  if (!Number.isInteger(from) || !Number.isInteger(to)) return false;
  return (
    0 <= (from as number) && (from as number) <= (to as number) && (to as number) <= limits.overlayBuckets
  );
}

function lowest(from: number): number {
  return from === 0 ? 0 : cutOf(from, limits.overlayBuckets);
}

function highest(to: number): number {
  return to === limits.overlayBuckets ? -1 : cutOf(to, limits.overlayBuckets) - 1;
}

/** True when the hash lies in one of the ranges. */
export function isInRanges(hash: number, ranges: Int32Array): boolean {
  for (let i = 0; i < ranges.length; i += 2) {
    if (isAtLeast(hash, ranges[i]!) + isAtLeast(ranges[i + 1]!, hash) === 2) return true;
  }
  return false;
}

/** Equal texts: the same unit has the same bucket. */
export function bucketingOf(document: UntrustedRecord, key: string): string {
  const by = own(document, 'by') ?? 'targetingKey';
  const path: readonly unknown[] = Array.isArray(by) ? by : [by];
  const salt = own(document, 'salt') ?? own(document, 'layer') ?? key;
  return JSON.stringify([salt, own(document, 'kind') ?? 'user', ...path]);
}
