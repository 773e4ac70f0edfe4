// The port of sources: where documents come from besides callers. Types only.
import type { FileProblem, SourceFile } from '@org/files';
import type { Cancel } from '../runtime.ts';

/** What a source holds at one moment, whole. */
export interface SourceContent {
  /** The same version is the same content. */
  readonly version: string;
  readonly files: readonly SourceFile[];
  /** In whose name it is committed: `file:flags`, `git:<commit>`, `http:<host>`. */
  readonly author: string;
  /** Files that cannot be taken: too large, too many. With any of them nothing is. */
  readonly problems: readonly FileProblem[];
}

/** One source. */
export interface Source {
  /** What is there now. @throws {SourceError} when it cannot be told */
  read(): Promise<SourceContent>;
  /** Calls when it may be another content; where there is none, it is asked again and again. */
  follow?(changed: () => void): Cancel;
  /** Replaces a file's text, unless it is no longer `before`. @throws {SourceError} */
  write?(file: string, text: string, before: string): Promise<void>;
}

/** The source cannot be read now; it is asked again. */
export class SourceError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SourceError';
  }
}

interface SharedSettings {
  readonly name: string;
  /** "project/environment". */
  readonly environment: string;
  /** What becomes of changes that are made elsewhere to documents of the source. */
  readonly edits: 'refuse' | 'write_back';
  /** Whether a document that is no longer in it is removed. */
  readonly prune: boolean;
  /** Between two looks, when nobody says that something changed. */
  readonly pollSeconds: number;
}

export type SourceSettings = SharedSettings &
  (
    | { readonly type: 'directory'; readonly path: string }
    | { readonly type: 'git'; readonly url: string; readonly branch: string; readonly path: string }
    | { readonly type: 'http'; readonly url: string; readonly tokenFile?: string | undefined }
  );
