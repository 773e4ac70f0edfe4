// The world outside of a run: streams, variables, folders. Passed in, so that a test can hold it in its hands.

export interface Io {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Everything that comes, at most `bytesMax`; rejects on more. */
  readonly readStdin: (bytesMax: number) => Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where relative paths begin. */
  readonly folder: string;
}
