// `npm run format`: rewrites every file as Prettier wants it. Names of files may follow.
import { runTool } from '../lib/run.ts';

const files = process.argv.slice(2);
const { code } = await runTool(
  'prettier/bin/prettier.cjs',
  ['--write', '--log-level=warn', ...(files.length > 0 ? files : ['.'])],
  {
    show: true,
  },
);
process.exitCode = code;
