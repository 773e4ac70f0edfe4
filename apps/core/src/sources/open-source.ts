// The source that settings describe.
import { join } from 'node:path';
import type { Runtime } from '../domain/ports.ts';
import { createGuardedRequest } from '../outbound/guarded-request.ts';
import { createDirectorySource } from './directory-source.ts';
import { createGitSource } from './git-source.ts';
import { createHttpSource } from './http-source.ts';
import { readSourceSettings } from './read-settings.ts';
import type { OpenedSource } from './source-jobs.ts';
import type { Source, SourceSettings } from './source.ts';

export interface OpenSourceOptions {
  readonly runtime: Runtime;
  /** For copies of repositories. */
  readonly dataDir: string;
  readonly outboundAllow: readonly string[];
}

/** All sources of the file that is configured. @throws on a file that cannot be used */
export async function openSources(
  config: Omit<OpenSourceOptions, 'runtime'> & { readonly sourcesFile: string | undefined },
  runtime: Runtime,
): Promise<readonly OpenedSource[]> {
  if (config.sourcesFile === undefined) return [];
  const all = await readSourceSettings(config.sourcesFile);
  return all.map((settings) => ({ settings, source: openSource(settings, { ...config, runtime }) }));
}

/** Makes it; nothing is read yet. */
export function openSource(
  settings: SourceSettings,
  { runtime, dataDir, outboundAllow }: OpenSourceOptions,
): Source {
  switch (settings.type) {
    case 'directory':
      return createDirectorySource(settings.path, runtime);
    case 'git': {
      const { url, branch, path, name } = settings;
      return createGitSource({ url, branch, path, folder: join(dataDir, 'sources', `${name}.git`) });
    }
    case 'http':
      return createHttpSource({ ...settings, request: createGuardedRequest(outboundAllow) });
  }
}
