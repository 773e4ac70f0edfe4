// Reads a list's document: the names of its chunks. What is in them comes from whoever runs the evaluator.
import type { Findings } from '../findings.ts';
import { isRecord, own } from '../untrusted.ts';
import { listChunksMax } from './chunks.ts';
import type { MemberSet } from './member-set.ts';

/** Finds the members of a list by the names of its chunks; undefined when they are not at hand. */
export type FindMembers = (chunks: readonly string[]) => MemberSet | undefined;

/** The names of a list's chunks, in their order, "" for an empty one; undefined for what is no list. */
export function chunksOf(document: unknown): readonly string[] | undefined {
  const chunks = isRecord(document) ? own(document, 'chunks') : undefined;
  if (!Array.isArray(chunks) || !chunks.every((name) => typeof name === 'string')) return undefined;
  const isPower = Number.isInteger(Math.log2(chunks.length));
  return isPower && chunks.length <= listChunksMax ? chunks : undefined;
}

/** Undefined after something was reported. */
export function compileList(
  document: unknown,
  findings: Findings,
  find: FindMembers | undefined,
): MemberSet | undefined {
  const chunks = chunksOf(document);
  const members = chunks && find?.(chunks);
  if (chunks === undefined) findings.add('list_chunks', '', 'chunks');
  else if (members === undefined) findings.add('list_members', '', 'chunks');
  return members;
}
