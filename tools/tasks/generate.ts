// `npm run generate`: rewrites the generated files that are committed.
import { refreshFiles } from '../codegen/generate.ts';

const refreshed = await refreshFiles();
console.log(
  refreshed.length === 0 ? 'Everything generated was fresh.' : `Rewritten:\n${refreshed.join('\n')}`,
);
