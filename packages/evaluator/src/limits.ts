// The evaluator's own bounds on what it compiles and keeps. Where the contract names the same limit, a test compares them.

export const limits = {
  expressionDepthMax: 20,
  expressionNodesMax: 2_000,
  prerequisiteDepthMax: 20,
  segmentDepthMax: 20,
  /** Lists that a segment names, each way. */
  segmentListsMax: 20,
  attributePathMax: 20,
  weightSumMax: 2_147_483_647,
  overlayBuckets: 100_000,
  /** Attributes that an overlay reports. */
  reportedAttributesMax: 10,
  /** A longer unit counts as missing: hashing takes time by its length. */
  unitCharsMax: 16_384,
  /** Text beyond this length is never matched by a string operator. */
  subjectCharsMax: 4_096,
  /** A list with more elements is never matched by an operator on lists. */
  subjectElementsMax: 1_000,
  /** Operands of one test. */
  listValuesMax: 10_000,
  /** Worst case of tests for one evaluation, segments and prerequisites included: nothing compiled can hang. */
  testsPerEvaluationMax: 100_000,
  /** Nodes and nesting of a logic tree, with the segments it refers to; what a tree counts for among the tests. */
  logicNodesMax: 10_000,
  logicDepthMax: 58,
  logicTests: 10_000,
  /** Nodes of a document that are looked at for references. */
  treeNodesMax: 100_000,
  /** Reported per document; more would help nobody. */
  findingsPerDocumentMax: 50,
  /** Outcomes of replaced programs that still hold counts; further ones lose theirs. */
  retiredOutcomesMax: 50_000,
  /** Keys asked for that no document has; further ones work, but are looked up by key every time. */
  unknownFlagsMax: 100_000,
} as const;
