// The sentences for findings. Used where documents are authored; SDKs leave them out to stay small.
import type { Finding } from './findings.ts';
import { limits } from './limits.ts';

const sentences: Readonly<Record<string, (detail: string) => string>> = {
  attribute: () => `An attribute is a name, or a list of 1 to ${limits.attributePathMax} names.`,
  boolean: () => 'Must be true or false.',
  bucket_range: () => `Must be {from, to}, integers with 0 ≤ from ≤ to ≤ ${limits.overlayBuckets}.`,
  context_kind: () => 'A context kind is a non-empty text other than "multi" and "kind".',
  document: () => 'Must be a JSON object.',
  expression: () => 'An expression is an object with an "op".',
  expression_depth: () => `Expressions nest at most ${limits.expressionDepthMax} deep.`,
  expression_list: () => 'Must be a list of expressions.',
  expression_nodes: () => `A condition is made of at most ${limits.expressionNodesMax} expressions.`,
  flag_type: () => 'Must be "boolean", "string", "number", "object" or "kill_switch".',
  hashed: () => 'A salt of hashed literals is a text.',
  keys: () => 'Must be a list of texts.',
  layer: () => 'A layer is a text.',
  layer_mismatch: (detail) =>
    `Overlays of one layer have the same salt, unit and kind; ${detail} has others.`,
  layer_overlap: (detail) => `Overlays of one layer have disjoint ranges; ${detail} overlaps.`,
  list: () => 'Must be a list.',
  logic_browsers: () =>
    'Browsers cannot evaluate logic: mark the flag for remote evaluation, or write the condition in operators.',
  logic_depth: () => `Logic nests at most ${limits.logicDepthMax} deep, segments included.`,
  logic_nodes: () => `Logic is made of at most ${limits.logicNodesMax} nodes, segments included.`,
  logic_operator: (detail) => `Logic has no operator "${detail}".`,
  logic_place: () => 'Only rules serve what logic answers.',
  logic_unsupported: () => 'Logic is not part of this evaluator.',
  logic_value: () => 'Must be a JSON value.',
  list_chunks: () => 'A list has 1, 2, 4 … 1,024 names of chunks.',
  list_keys: () => `Must be a list of at most ${limits.segmentListsMax} keys of lists.`,
  list_members: () => 'The members of the list are not at hand.',
  operand_bounds: () => 'Must be [low, high] with low ≤ high.',
  operand_finite_number: () => 'Must be a finite number.',
  operand_ignore_case: () => 'Must be true or false.',
  operand_instant: () =>
    'Must be a date or date-time of RFC 3339, milliseconds since 1970, or {"ago": …} or {"ahead": …} with a duration such as "P7D" or "PT12H".',
  operand_integer: () => 'Must be an integer of at most 2^53 - 1.',
  operand_ip_block: () => 'Must be an IP address or a block of them such as "10.0.0.0/8" or "2001:db8::/32".',
  operand_list: () => 'Must be a list with one or more elements.',
  operand_list_length: () => `Must be a list with at most ${limits.listValuesMax} elements.`,
  operand_literal: () => 'Must be a text, a finite number, true, false or null.',
  operand_member: () => 'Must be a text, a finite number, true or false.',
  operand_modulo: () => 'Must be [divisor, remainder] with 0 ≤ remainder < divisor.',
  operand_pattern: (detail) => `Not a pattern of the portable subset: ${detail}.`,
  operand_pattern_linear: () =>
    'Engines could take more than linear time over this pattern: begin it with "^", and let nothing that repeats without end be followed by what could match the same.',
  operand_percentage: () => 'Must be a number from 0 to 100 with at most three decimals.',
  operand_salt: () => 'Must be a text without lone surrogates.',
  operand_text: () => 'Must be a non-empty text.',
  operand_version: () => 'Must be a semantic version such as "1.2.3" or "2.0.0-rc.1".',
  operand_version_range: () =>
    'Must be a range of semantic versions such as "^1.2.0" or ">=1.2.0 <1.5.0 || ~2.3".',
  operand_unexpected: (detail) => `The operator takes no "${detail}".`,
  overlay_conflict: (detail) =>
    `At most one live overlay per flag, unless they share a layer; ${detail} is live, too.`,
  overlay_mode: () => 'Must be "live" or "shadow".',
  overlay_patch: () => 'Must be {serve: …}.',
  overlay_target: () => 'Must be {kind: "flag", key: …}.',
  prerequisite_contradiction: (detail) =>
    `What the flag requires, directly or through others, can never hold: no variant of "${detail}" fulfils all of it.`,
  prerequisite_cycle: (detail) => `The prerequisites form a cycle: ${detail}.`,
  prerequisite_depth: () => `Prerequisites nest at most ${limits.prerequisiteDepthMax} deep.`,
  prerequisite_flag: () => 'Must be the key of a flag.',
  prerequisite_variant: (detail) => `The required flag has no variant "${detail}".`,
  prerequisite_variants: () => 'Must be a list of one or more variants of the required flag.',
  ranges: () => 'Must be a list of ranges.',
  report: () => `Must be a list of at most ${limits.reportedAttributesMax} names of attributes.`,
  record: () => 'Must be an object.',
  rule_id: () => 'A rule has a non-empty text as its id.',
  rule_id_repeated: (detail) => `The flag has two rules "${detail}".`,
  salt: () => 'A salt is a text without lone surrogates.',
  segment_cycle: (detail) => `The segments form a cycle: ${detail}.`,
  segment_depth: () => `Segments nest at most ${limits.segmentDepthMax} deep.`,
  segment_key: () => 'Must be the key of a segment.',
  sensitive_operator: () =>
    'Only literals of operators that compare for equality can be sensitive or hashed.',
  serve: () => 'Must be either {variant}, {split} or, in rules, {logic}.',
  server_only: (detail) => `Browsers would need "${detail}", which is not client-visible.`,
  too_many_tests: (detail) =>
    `One evaluation could take ${detail} tests; at most ${limits.testsPerEvaluationMax}.`,
  unknown_algorithm: () => 'Must be "murmur3-v2".',
  unknown_flag: (detail) => `There is no flag "${detail}".`,
  unknown_list: (detail) => `There is no list "${detail}".`,
  unknown_kind: (detail) => `There are no documents of kind "${detail}".`,
  unknown_operator: (detail) => `There is no operator "${detail}".`,
  unknown_segment: (detail) => `There is no segment "${detail}".`,
  unknown_variant: (detail) => `The flag has no variant "${detail}".`,
  unreadable: () => 'Could not be read.',
  variant_type: (detail) => `Must be a value of the flag's type, ${detail}.`,
  variants: () => 'A flag has one or more variants.',
  weight: () => 'A weight is an integer ≥ 0.',
  weight_sum: (detail) => `Weights add up to 1 to ${limits.weightSumMax}, not ${detail}.`,
  weights: () => 'Must be a list of {variant, weight}.',
};

/** What is wrong and what would be right. */
export function sentenceOf({ rule, detail }: Finding): string {
  return sentences[rule]?.(detail) ?? rule;
}

/** All rules that have a sentence. */
export const knownRules: readonly string[] = Object.keys(sentences);
