// Overlays on configs: what they are for, their patches, and what stands for them where overlays on flags are looked at.
import { isRecord, own, ownList, type UntrustedRecord } from '../untrusted.ts';
import type { PlacedPatch } from './check-combinations.ts';
import type { Report } from './check-value.ts';
import type { Path } from './expressions.ts';
import { configFlagKey } from './translate.ts';

/** The patches of an overlay, with their places. */
export function patchesOfOverlay(
  overlay: unknown,
): readonly (Omit<PlacedPatch, 'overlayKey'> & { readonly variant: string })[] {
  const patch = isRecord(overlay) ? own(overlay, 'patch') : undefined;
  if (!isRecord(patch)) return [];
  const named = own(patch, 'configPatches');
  if (isRecord(named))
    return Object.keys(named).map((variant) => ({
      ...{ variant, path: ['patch', 'configPatches', variant] },
      patch: own(named, variant),
    }));
  return [{ variant: 'patch', path: ['patch', 'configPatch'], patch: own(patch, 'configPatch') }];
}

/** The config that an overlay is for. */
export function configOf(overlay: unknown): string | undefined {
  const target = isRecord(overlay) ? own(overlay, 'target') : undefined;
  if (!isRecord(target) || own(target, 'kind') !== 'config') return undefined;
  const key = own(target, 'key');
  return typeof key === 'string' ? key : undefined;
}

/** The overlay as one for the flag in the config's place; others as they are. Serves what it serves when nothing is given. */
export function asFlagOverlay(overlay: UntrustedRecord, serve?: object): UntrustedRecord {
  const key = configOf(overlay);
  if (key === undefined) return overlay;
  const patch = own(overlay, 'patch');
  const given = isRecord(patch) ? own(patch, 'serve') : undefined;
  return {
    ...overlay,
    target: { kind: 'flag', key: configFlagKey(key) },
    patch: { serve: serve ?? given ?? { variant: 'patch' } },
  };
}

/** What the overlay serves are variants that have a patch. */
export function checkVariants(overlay: unknown, report: Report): void {
  const patch = isRecord(overlay) ? own(overlay, 'patch') : undefined;
  const serve = isRecord(patch) ? own(patch, 'serve') : undefined;
  if (!isRecord(patch) || !isRecord(serve)) return;
  const known = new Set(patchesOfOverlay(overlay).map(({ variant }) => variant));
  const split = own(serve, 'split');
  const served: readonly (readonly [unknown, Path])[] = isRecord(split)
    ? ownList(split, 'weights').map((share, index) => [
        isRecord(share) ? own(share, 'variant') : undefined,
        ['patch', 'serve', 'split', 'weights', index, 'variant'],
      ])
    : [[own(serve, 'variant'), ['patch', 'serve', 'variant']]];
  for (const [variant, path] of served)
    if (!known.has(String(variant)))
      report('unknown_variant', `There is no patch "${String(variant)}".`, ...path);
}
