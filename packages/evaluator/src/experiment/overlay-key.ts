// The overlays that apply experiments, by their keys.
const prefix = 'experiment:';

/** The key of the overlay that applies an experiment while it runs. */
export const overlayKeyOf = (experimentKey: string): string => prefix + experimentKey;

/** The experiment that an overlay applies; undefined for overlays of other things. */
export const experimentKeyOf = (overlayKey: string): string | undefined =>
  overlayKey.startsWith(prefix) ? overlayKey.slice(prefix.length) : undefined;
