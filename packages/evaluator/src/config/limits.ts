// Bounds of configs. Where the contract names the same limit, a test compares them.

export const configLimits = {
  parametersMax: 1_000,
  depthMax: 8,
  inheritanceMax: 10,
  rulesMax: 200,
  formulaNodesMax: 500,
  expressionDepthMax: 20,
  /** Conditions of one config and its overlays that are compiled; further ones are false. */
  conditionsMax: 5_000,
  /** Combinations of rules and overlays that are kept for one config; the rest is put together each time. */
  combinationsMax: 10_000,
  /** Different problems that are told; each once. */
  problemsMax: 1_000,
  /** Weights may miss 1 by so much. */
  weightsTolerance: 1e-6,
} as const;
