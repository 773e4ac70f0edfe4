// Checks that two overlays leave each other alone: on one flag, and inside one layer.
import type { Findings } from './findings.ts';
import { bucketingOf, isBucketRange, targetOf } from './overlay.ts';
import { isRecord, own, ownList, type UntrustedRecord } from './untrusted.ts';

/** Reports what the overlay shares with another one that it must not share. */
export function checkOverlayPair(
  overlay: UntrustedRecord,
  otherKey: string,
  other: unknown,
  findings: Findings,
): void {
  if (!isRecord(other)) return;
  const layer = own(overlay, 'layer');
  if (layer !== undefined && layer === own(other, 'layer')) {
    // Ranges exclude each other only when the same unit has the same bucket in both. With a layer the key is of no account.
    if (bucketingOf(overlay, '') !== bucketingOf(other, ''))
      findings.add('layer_mismatch', otherKey, 'layer');
    else if (overlap(overlay, other)) findings.add('layer_overlap', otherKey, 'ranges');
  } else if (isLive(overlay) && isLive(other) && targetOf(overlay) === targetOf(other)) {
    findings.add('overlay_conflict', otherKey, 'target');
  }
}

function isLive(overlay: UntrustedRecord): boolean {
  return own(overlay, 'mode') === 'live';
}

function overlap(overlay: UntrustedRecord, other: UntrustedRecord): boolean {
  const theirs = ownList(other, 'ranges').filter(isBucketRange);
  const ours = ownList(overlay, 'ranges').filter(isBucketRange);
  return ours.some((a) => theirs.some((b) => Math.max(a.from, b.from) < Math.min(a.to, b.to)));
}
