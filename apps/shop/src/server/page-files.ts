// Makes the page's files at the start: the HTML with the page's settings, the script bundled for browsers, the styles.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** A file as it is served. */
export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
}

/** What the page must know: a client key is public by nature. */
export interface PageSettings {
  readonly flagsUrl: string;
  readonly clientKey: string;
}

const folder = new URL('../page/', import.meta.url);

/** The page's files by path. */
export async function makePageFiles(settings: PageSettings): Promise<ReadonlyMap<string, PageFile>> {
  const [html, css, script] = await Promise.all([
    readFile(new URL('page.html', folder), 'utf8'),
    readFile(new URL('page.css', folder)),
    bundleScript(),
  ]);
  const filled = html
    .replace('{{flagsUrl}}', () => escapeAttribute(settings.flagsUrl))
    .replace('{{clientKey}}', () => escapeAttribute(settings.clientKey));
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', body: Buffer.from(filled) }],
    ['/page.css', { type: 'text/css; charset=utf-8', body: css }],
    ['/page.js', { type: 'text/javascript; charset=utf-8', body: script }],
  ]);
}

async function bundleScript(): Promise<Buffer> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page.ts', folder))],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@org/source'],
    write: false,
  });
  return Buffer.from(outputFiles[0]!.contents);
}

function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
