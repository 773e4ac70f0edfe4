// How the sources of an environment stand: folders, repositories and addresses that the core follows.
import { count, list, messageOf, text, type Message } from './read-messages.ts';

/** What is wrong in a source, and where. */
export interface SourceProblem {
  /** Within the source; empty when no file is to blame. */
  readonly file: string;
  /** From 1; 0: unknown. */
  readonly line: number;
  readonly column: number;
  readonly rule: string;
  readonly message: string;
  /** The document and the place in it; empty when there is none. */
  readonly kind: string;
  readonly key: string;
  readonly path: string;
}

/** How a source stands. */
export interface SourceStatus {
  readonly name: string;
  readonly type: 'directory' | 'git' | 'http';
  /** `invalid`: what it holds was refused, and what was live before stays. */
  readonly state: 'waiting' | 'synced' | 'invalid' | 'unreachable';
  readonly edits: 'refuse' | 'write_back';
  readonly files: number;
  readonly documents: number;
  readonly version: string;
  readonly syncedAt: string;
  readonly revision: number;
  readonly stateSince: string;
  readonly problems: readonly SourceProblem[];
}

const readProblem = (from: Message): SourceProblem => ({
  file: text(from['file']),
  line: count(from['line']),
  column: count(from['column']),
  rule: text(from['rule']),
  message: text(from['message']),
  kind: text(from['kind']),
  key: text(from['key']),
  path: text(from['path']),
});

const readSource = (from: Message): SourceStatus => ({
  name: text(from['name']),
  type: text(from['type']) as SourceStatus['type'],
  state: text(from['state']) as SourceStatus['state'],
  edits: text(from['edits']) as SourceStatus['edits'],
  files: count(from['files']),
  documents: count(from['documents']),
  version: text(from['version']),
  syncedAt: text(from['syncedAt']),
  revision: count(from['revision']),
  stateSince: text(from['stateSince']),
  problems: list(from['problems'], readProblem),
});

/** The sources of an answer. */
export const readSources = (answer: unknown): readonly SourceStatus[] =>
  list(messageOf(answer)['sources'], readSource);
