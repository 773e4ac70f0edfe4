// Ends what a connection does when it takes too long.
import type { DuckDBConnection } from '@duckdb/node-api';

/** The work's result, or that it was interrupted. */
export async function withTimeLimit<T>(
  connection: DuckDBConnection,
  limitMs: number,
  work: () => Promise<T>,
): Promise<T | 'too_long'> {
  let interrupted = false;
  // Again and again: an interrupt that comes between two steps of the work is lost.
  const timer = setTimeout(() => {
    interrupted = true;
    connection.interrupt();
    repeat = setInterval(() => connection.interrupt(), 100);
  }, limitMs);
  let repeat: NodeJS.Timeout | undefined;
  try {
    return await work();
  } catch (error) {
    if (interrupted) return 'too_long';
    throw error;
  } finally {
    clearTimeout(timer);
    clearInterval(repeat);
  }
}
