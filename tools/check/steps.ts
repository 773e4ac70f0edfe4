// The steps of `npm run check`. Each answers with what is wrong, or with nothing.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWebSdk, gzipBytesMax } from '@org/flags-web/build';
import { staleFiles } from '../codegen/generate.ts';
import { root, runTool, type RunResult } from '../lib/run.ts';
import { report, repositoryFiles } from '../tidy/files.ts';
import { checkLinks, withFolders } from '../tidy/links.ts';
import { tidy } from '../tidy/rules.ts';

/** One check: `run` resolves to a text that says what is wrong, empty when all is well. */
export interface Step {
  readonly name: string;
  readonly run: () => Promise<string>;
}

/** All steps. Those that need Nx's project graph come after it. */
export async function checkSteps(): Promise<readonly Step[]> {
  const types = (await projectsWithTypes()).map((folder) => ({
    name: `types of ${folder}`,
    run: () => checkTypes(folder),
  }));
  return [
    { name: 'format', run: () => tool('prettier/bin/prettier.cjs', ['--check', '--log-level=warn', '.']) },
    { name: 'lint and borders', run: () => tool('eslint/bin/eslint.js', ['.']) },
    ...types,
    { name: 'tidy', run: async () => report(tidy(await repositoryFiles())) },
    { name: 'documents', run: checkDocuments },
    { name: 'dead code', run: () => tool('knip/bin/knip.js', ['--no-progress', '--no-config-hints']) },
    { name: 'size of the browser SDK', run: checkWebSdkSize },
    {
      name: 'generated files',
      run: async () => (await staleFiles()).map((path) => `${path} is stale: npm run generate`).join('\n'),
    },
  ];
}

interface ProjectGraph {
  readonly graph: {
    readonly nodes: Readonly<
      Record<string, { readonly data: { readonly root: string; readonly targets?: object } }>
    >;
  };
}

/** Asking Nx also writes the graph that the lint rule for borders reads. */
async function projectsWithTypes(): Promise<readonly string[]> {
  const { code, output } = await runTool('nx/dist/bin/nx.js', ['graph', '--print']);
  if (code !== 0) throw new Error(output);
  const { graph } = JSON.parse(output.slice(output.indexOf('{'))) as ProjectGraph;
  return Object.values(graph.nodes)
    .filter(({ data }) => 'types' in (data.targets ?? {}))
    .map(({ data }) => data.root)
    .sort();
}

function checkTypes(folder: string): Promise<string> {
  return tool('typescript-native/bin/tsc', ['-p', folder]);
}

async function checkDocuments(): Promise<string> {
  const files = await repositoryFiles();
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly scripts: object;
  };
  const paths = withFolders(files.map(({ path }) => path));
  return report(
    checkLinks(files, {
      paths,
      scripts: new Set([...Object.keys(manifest.scripts), 'ci', 'install', 'pack']),
    }),
  );
}

async function checkWebSdkSize(): Promise<string> {
  const { gzipBytes } = await bundleWebSdk();
  return gzipBytes > gzipBytesMax
    ? `@org/flags-web has ${gzipBytes} bytes gzipped, more than ${gzipBytesMax}`
    : '';
}

async function tool(script: string, args: readonly string[]): Promise<string> {
  return problem(await runTool(script, args));
}

const problem = ({ code, output }: RunResult): string => (code === 0 ? '' : output || `exit code ${code}`);
