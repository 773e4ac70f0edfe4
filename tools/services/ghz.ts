// Finds or builds the load generator (ghz) and the server we compare with (flagd) for `npm run bench:grpc`.
import { buildGoCommand } from './go-binary.ts';
import { findOnPath } from './run-command.ts';

const ghz = { path: 'github.com/bojand/ghz/cmd/ghz', version: 'v0.121.0', name: 'ghz' };
const flagd = { path: 'github.com/open-feature/flagd/flagd', version: 'v0.14.2', name: 'flagd' };

/**
 * Path of ghz: PATH, else built from its Go module.
 *
 * @throws when it is neither on PATH nor can be built.
 */
export async function resolveGhz(): Promise<string> {
  const found = (await findOnPath('ghz')) ?? (await buildGoCommand(ghz));
  if (found !== undefined) return found;
  throw new Error('no ghz: put it on PATH, or Go 1.22 or newer to build it');
}

/** Path of flagd, or undefined (and a line on stderr) where it cannot be had. */
export async function findFlagd(): Promise<string | undefined> {
  return (await findOnPath('flagd')) ?? (await buildGoCommand(flagd));
}
