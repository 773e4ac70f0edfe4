// Every limit of the public contract, once. Numbers are bytes, counts or milliseconds as their names say.

export const limits = {
  /** Keys of documents, variants and rules. */
  keyCharsMax: 256,
  documentBytesMax: 256 * 1024,
  requestBytesMax: 1024 * 1024,
  contextBytesMax: 64 * 1024,
  contextAttributesMax: 200,
  snapshotBytesMax: 20 * 1024 * 1024,
  deltaBytesMax: 512 * 1024,
  documentsPerEnvironmentMax: 100_000,
  changesPerCommitMax: 1_000,
  variantsMax: 100,
  /** The JSON Schema of a flag's values. */
  valueSchemaBytesMax: 16 * 1024,
  rulesMax: 1_000,
  targetKeysMax: 10_000,
  listValuesMax: 10_000,
  /** Lists that a segment names, each way; members of a list, and chunks they lie in. */
  segmentListsMax: 20,
  listMembersMax: 1_048_576,
  listChunksMax: 1_024,
  listChunksPerResponseMax: 128,
  listChunkBytesPerResponseMax: 2 * 1024 * 1024,
  listIdsPerPartMax: 50_000,
  listIdsPerCommitMax: 10_000,
  listPartsMax: 1_000,
  expressionDepthMax: 20,
  expressionNodesMax: 2_000,
  prerequisitesMax: 50,
  prerequisiteDepthMax: 20,
  overlayRangesMax: 1_000,
  /** Holdouts whose units one experiment leaves out. */
  holdoutsInForceMax: 50,
  /** Parameters of a config, inherited ones included, and how deep they nest. */
  configParametersMax: 1_000,
  configDepthMax: 8,
  configRulesMax: 200,
  configInvariantsMax: 50,
  configInheritanceMax: 10,
  /** Names, options and candidates of a parameter; steps of a pipeline. */
  configOptionsMax: 200,
  formulaNodesMax: 500,
  weightSumMax: 2_147_483_647,
  reasonCharsMax: 2_000,
  idempotencyKeyCharsMax: 200,
  eventsPerBatchMax: 500,
  eventAttributesBytesMax: 4 * 1024,
  /** Attributes of a context that an overlay reports with its exposures, and characters of a text among them. */
  reportedAttributesMax: 10,
  reportedCharsMax: 256,
  pageSizeMax: 1_000,
  pageSizeDefault: 100,
  deltasPerResponseMax: 1_000,
  heartbeatIntervalMs: 5_000,
  pushAccessLifetimeMs: 15 * 60 * 1000,
  /** A longer unit (targeting key) counts as missing: hashing takes time by its length. */
  unitCharsMax: 16_384,
  /** Nodes and nesting of a logic tree, with the segments it refers to. */
  logicNodesMax: 10_000,
  logicDepthMax: 58,
  /** Text beyond this length is never matched by a string operator. */
  subjectCharsMax: 4_096,
  /** A list with more elements is never matched by an operator on lists. */
  subjectElementsMax: 1_000,
} as const;
