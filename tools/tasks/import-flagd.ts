// Converts a flagd definition: prints the body of an AdminService.Commit to stdout, and what could not be taken to stderr.
// node tools/run.mjs import-flagd <file.json> <project/environment> [--exact]
import { readFileSync } from 'node:fs';
import { importFlagd } from '@org/interop';

const [file, environment, ...options] = process.argv.slice(2);
const exact = options.length === 1 && options[0] === '--exact';
if (file === undefined || environment === undefined || options.length > Number(exact)) {
  console.error('Usage: node tools/run.mjs import-flagd <file.json> <project/environment> [--exact]');
  process.exitCode = 2;
} else {
  const { documents, findings } = importFlagd(JSON.parse(readFileSync(file, 'utf8')), { exact });
  console.log(JSON.stringify({ environment, reason: `import of ${file}`, changes: documents }, undefined, 2));
  for (const { path, effect, message } of findings) console.error(`${effect}: ${path}: ${message}`);
  // Something is missing from the output: scripts must not take it for the whole.
  if (findings.some(({ effect }) => effect === 'left-out')) process.exitCode = 3;
}
