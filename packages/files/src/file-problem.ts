// What is wrong in a file, and where. Holds no logic but the bounds of files.

/** One finding about one place of a file. */
export interface FileProblem {
  /** Within the source; empty when no file is to blame. */
  readonly file: string;
  /** From 1; 0: unknown. */
  readonly line: number;
  readonly column: number;
  /** Stable name, e.g. `duplicate_key`, `anchor_loop`, `unknown_variant`. */
  readonly rule: string;
  /** A sentence for people. */
  readonly message: string;
  /** The document, and the place in it as the commit path names it; absent when the file itself is wrong. */
  readonly kind?: string;
  readonly key?: string;
  readonly path?: string;
}

/** A place in a text, from 1; 0: unknown. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A file of a source, as it was read. */
export interface SourceFile {
  /** Within the source, with slashes. */
  readonly path: string;
  readonly text: string;
}

export const fileLimits = {
  /** UTF-8 bytes of one file. */
  fileBytesMax: 1024 * 1024,
  filesMax: 10_000,
  sourceBytesMax: 64 * 1024 * 1024,
  /** Values of one file, with every alias written out: a bomb has millions. */
  nodesMax: 100_000,
  depthMax: 64,
  problemsMax: 100,
} as const;

/** What a source takes for a file of documents. Hidden ones are editors' and mounts' own. */
export const isDocumentFile = (path: string): boolean =>
  /\.(ya?ml|json)$/i.test(path) && !path.split('/').some((part) => part.startsWith('.'));
