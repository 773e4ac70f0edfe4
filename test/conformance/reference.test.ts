// The reference implementations in another language still agree with every golden row.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it.each(['bucketing', 'operators', 'histories', 'lists', 'configuration'])(
  '%s agrees with the reference in Python',
  async (name) => {
    const reference = fileURLToPath(new URL(`${name}_reference.py`, import.meta.url));
    const run = promisify(execFile)('python3', ['-B', reference, '--check']);
    const result = await run.catch((error: NodeJS.ErrnoException) => error);
    if (result instanceof Error && result.code === 'ENOENT') {
      // Node and npm are all that the tests may ask for; vectors.test.ts compares the rows in any case.
      process.stderr.write('No python3 on this machine: the reference in Python was not run.\n');
      return;
    }
    expect(result).not.toBeInstanceOf(Error);
  },
);
