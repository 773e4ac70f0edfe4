// Converts a flagd definition: prints the body of an AdminService.Commit to stdout, and what could not be taken to stderr.
// node tools/run.mjs import-flagd <file.json> <project/environment>
import { readFileSync } from 'node:fs';
import { importFlagd } from '@org/interop';

const [file, environment] = process.argv.slice(2);
if (file === undefined || environment === undefined) {
  console.error('Usage: node tools/run.mjs import-flagd <file.json> <project/environment>');
  process.exitCode = 2;
} else {
  const { documents, findings } = importFlagd(JSON.parse(readFileSync(file, 'utf8')));
  console.log(JSON.stringify({ environment, reason: `import of ${file}`, changes: documents }, undefined, 2));
  for (const { path, effect, message } of findings) console.error(`${effect}: ${path}: ${message}`);
  // Something is missing from the output: scripts must not take it for the whole.
  if (findings.some(({ effect }) => effect === 'left-out')) process.exitCode = 3;
}
