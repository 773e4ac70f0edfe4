// Compiles nodes of the graph, dependencies first. Changes nothing that evaluations see: that is the swap's part.
import { Findings } from './findings.ts';
import { compileFlag } from './flag.ts';
import { FlagNode, missingProgram } from './flag-node.ts';
import type { ExpressionScope } from './expression.ts';
import type { FlagOverlay, FlagScope } from './flag-parts.ts';
import type { Digest } from './key-set.ts';
import { limits } from './limits.ts';
import type { Logic } from './logic-port.ts';
import { compileList, type FindMembers } from './lists/list.ts';
import type { ListNode, OverlayNode, SegmentNode } from './nodes.ts';
import { type DocumentNode } from './nodes.ts';
import { orderNodes } from './order-nodes.ts';
import { compileOverlay } from './overlay.ts';
import { errorProgram, type Program } from './program.ts';
import { compileSegment } from './segment.ts';
import type { HashProbe } from './split.ts';
import type { StickyPort } from './sticky.ts';
import type { DocumentProblem } from './types.ts';
import type { Now } from './values/instant.ts';

/** What compiling needs of the evaluator. */
export interface CompileOptions {
  readonly digest: Digest | undefined;
  readonly now: Now | undefined;
  readonly logic: Logic | undefined;
  readonly members: FindMembers | undefined;
  readonly probe: HashProbe;
  readonly sticky: StickyPort | undefined;
  readonly segment: (key: string) => SegmentNode;
  readonly list: (key: string) => ListNode;
  readonly flag: (key: string) => FlagNode;
}

/** Of a cycle, this many members are named. */
const cycleNamesMax = 20;

export type AnyNode = FlagNode | SegmentNode | OverlayNode | ListNode;

/** Compiles the nodes and reports what is wrong with their documents. */
export function compileNodes(
  nodes: ReadonlySet<AnyNode>,
  options: CompileOptions,
): readonly DocumentProblem[] {
  const problems: DocumentProblem[] = [];
  let findings = new Findings();
  for (const group of orderNodes(nodes, dependenciesOf) as readonly (readonly AnyNode[])[]) {
    const [first] = group as [AnyNode];
    const cycle = group.length > 1 || first.uses.includes(first) ? describeCycle(group) : undefined;
    for (const node of group) measure(node);
    let revision = first.closureRevision;
    for (const node of group) revision = Math.max(revision, node.closureRevision);
    for (const node of group) {
      node.closureRevision = revision;
      compileNode(node, cycle, findings, options, problems);
      // Made anew only when something was found: most documents are in order.
      if (findings.list.length > 0) findings = new Findings();
    }
  }
  return problems;
}

/** What a node is compiled from; for a flag also the overlays for it. */
function dependenciesOf(node: DocumentNode): readonly DocumentNode[] {
  if (!(node instanceof FlagNode) || node.overlays.length === 0) return node.uses;
  return [...node.uses, ...node.overlays];
}

function measure(node: AnyNode): void {
  node.closureRevision = node.present ? node.revision : 0;
  node.depth = 0;
  for (const below of dependenciesOf(node)) {
    if (!below.present) continue;
    node.closureRevision = Math.max(node.closureRevision, below.closureRevision);
    if ((below as AnyNode).kind === node.kind) node.depth = Math.max(node.depth, below.depth + 1);
  }
}

/** `a → b → a`, as the documents refer to each other. */
function describeCycle(group: readonly AnyNode[]): string {
  const members = new Set<DocumentNode>(group);
  const path = new Set<DocumentNode>();
  let node: DocumentNode | undefined = group[0];
  while (node !== undefined && !path.has(node)) {
    path.add(node);
    node = node.uses.find((below) => members.has(below));
  }
  const loop = [...path].slice(node === undefined ? 0 : [...path].indexOf(node)).slice(0, cycleNamesMax);
  return [...loop, loop[0]].map((member) => member?.key).join(' → ');
}

function compileNode(
  node: AnyNode,
  cycle: string | undefined,
  findings: Findings,
  options: CompileOptions,
  problems: DocumentProblem[],
): void {
  const chain = node.kind === 'flag' ? 'prerequisite' : 'segment';
  const depthMax = node.kind === 'flag' ? limits.prerequisiteDepthMax : limits.segmentDepthMax;
  if (cycle !== undefined) findings.add(`${chain}_cycle`, cycle);
  else if (node.depth > depthMax) findings.add(`${chain}_depth`, String(depthMax));
  try {
    if (node.kind === 'flag') compileFlagNode(node, findings, options, problems);
    else compileOtherNode(node, findings, options);
  } catch {
    // Only a document that is no JSON comes here: a getter or a proxy that throws.
    findings.add('unreadable');
  }
  if (!node.present || findings.list.length === 0) return;
  disable(node, findings);
  problems.push(...describe(node, findings));
}

function compileOtherNode(
  node: SegmentNode | OverlayNode | ListNode,
  findings: Findings,
  options: CompileOptions,
): void {
  node.compiled = undefined;
  node.tests = 0;
  if (!node.present || findings.list.length > 0) return;
  if (node.kind === 'list') {
    node.compiled = compileList(node.document, findings, options.members);
    return;
  }
  const { digest, now, logic, segment, list } = options;
  const scope: ExpressionScope = {
    ...{ findings, digest, now, logic },
    ...{ segment: usable(segment), list: (key) => list(key).compiled, nodes: 0, tests: 0 },
  };
  if (node.kind === 'segment') node.compiled = compileSegment(node.document, scope);
  else node.compiled = compileOverlay(node.key, node.document, scope);
  countTests(node, scope);
}

/** Checks a flag; builds its program now only when somebody holds it. Most flags of an environment are never asked for. */
function compileFlagNode(
  node: FlagNode,
  findings: Findings,
  options: CompileOptions,
  problems: DocumentProblem[],
): void {
  node.compiled = undefined;
  node.tests = 0;
  const overlays = compiledOverlays(node);
  if (!node.present) {
    for (const overlay of overlays) overlay.findings.add('unknown_flag', node.key, 'target', 'key');
    for (const overlay of overlays) problems.push(...describe(overlay.node, overlay.findings));
  }
  if (!node.present || findings.list.length > 0) return;
  const scope = flagScope(node, findings, overlays, options, !node.isHeld);
  const program = compileFlag(node.document, scope);
  if (!scope.isCheck) node.compiled = program;
  for (const entry of overlays) {
    scope.tests += entry.node.tests;
    problems.push(...describe(entry.node, entry.findings));
  }
  countTests(node, scope);
}

/** Builds the program of a flag that has been checked. */
export function buildFlag(node: FlagNode, options: CompileOptions): Program {
  const scope = flagScope(node, new Findings(), compiledOverlays(node), options, false);
  return compileFlag(node.document, scope) ?? missingProgram(node.owner, true);
}

type NodeOverlay = FlagOverlay & { readonly node: OverlayNode };

function flagScope(
  node: FlagNode,
  findings: Findings,
  overlays: readonly NodeOverlay[],
  { digest, now, logic, probe, sticky, segment, list, flag }: CompileOptions,
  isCheck: boolean,
): FlagScope {
  const { owner } = node;
  // Spelled out: engines spread objects slowly, and every flag of an environment comes here.
  const scope: FlagScope = {
    findings,
    digest,
    now,
    logic,
    probe,
    sticky,
    owner,
    overlays,
    isCheck,
    segment: usable(segment),
    list: (key) => list(key).compiled,
    nodes: 0,
    tests: 0,
    flag(key) {
      const cell = flag(key);
      scope.tests += cell.tests;
      return cell;
    },
  };
  return scope;
}

/** The flag's overlays that compile, in the order of their keys. */
function compiledOverlays(node: FlagNode): readonly NodeOverlay[] {
  if (node.overlays.length === 0) return [];
  const overlays = node.overlays.flatMap((overlay) => {
    const { compiled, key } = overlay;
    return compiled === undefined
      ? []
      : [{ key, overlay: compiled, node: overlay, findings: new Findings() }];
  });
  return overlays.sort((a, b) => (a.key < b.key ? -1 : 1));
}

function usable(segment: (key: string) => SegmentNode): ExpressionScope['segment'] {
  return (key) => {
    const node = segment(key);
    return node.compiled === undefined ? undefined : node;
  };
}

/** A program whose worst case is too long is refused: nesting can multiply a few documents to years of work. */
function countTests(node: AnyNode, scope: ExpressionScope): void {
  node.tests = scope.tests;
  if (scope.tests > limits.testsPerEvaluationMax) scope.findings.add('too_many_tests', String(scope.tests));
}

function disable(node: AnyNode, findings: Findings): void {
  node.tests = 0;
  node.depth = 0;
  if (node.kind !== 'flag') {
    node.compiled = undefined;
    return;
  }
  const [first] = findings.list;
  const errorMessage = `The flag does not compile: ${first?.rule} at "${first?.path}".`;
  node.compiled = errorProgram(node.owner, { errorCode: 'PARSE_ERROR', errorMessage });
}

function describe({ kind, key }: AnyNode, findings: Findings): readonly DocumentProblem[] {
  return findings.list.map(({ path, rule, detail }) => {
    return { kind, key, path, rule, message: detail === '' ? rule : `${rule}: ${detail}` };
  });
}
