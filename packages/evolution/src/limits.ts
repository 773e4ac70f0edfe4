// How much of everything there may be.

/** Bounds of the engine; programs choose inside them. */
export const evolutionLimits = {
  /** Candidates that are remembered so as not to be tried again. */
  triedMax: 10_000,
  /** Observations that the model learns from. */
  observationsMax: 160,
} as const;
