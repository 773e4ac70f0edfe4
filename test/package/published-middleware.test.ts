// Installs the middleware as it is published into an empty project and serves a request through it on every Node it
// promises to work on.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildSdk } from '@org/tools/build/build-sdks';
import { npm, packFolder } from '@org/tools/build/pack';
import { run } from '@org/tools/lib/run';
import { nodeBinary } from './node-binaries.ts';

const program = `
import * as middleware from '@org/flags-middleware';
import * as express from '@org/flags-middleware/express';
import * as fastify from '@org/flags-middleware/fastify';
const request = { headers: { 'accept-language': 'de-AT,de;q=0.8' }, ip: '192.0.2.7' };
await new Promise((resolve) => express.flagsContext()(request, {}, resolve));
const isLoaded = [middleware, fastify].every((module) => Object.keys(module).length > 0);
console.log(JSON.stringify({ isLoaded, context: express.contextOf(request) }));
`;

let folder: string;
const project = (): string => join(folder, 'project');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flags-published-middleware-'));
  await buildSdk('flags-middleware', join(folder, 'middleware'));
  const tarball = await packFolder(join(folder, 'middleware'), folder);
  mkdirSync(project());
  writeFileSync(join(project(), 'package.json'), '{"name":"empty","version":"1.0.0","type":"module"}');
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await npm(['install', ...quiet, join(folder, tarball)], project());
  writeFileSync(join(project(), 'program.js'), program);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each(['20', '22', '24'])('loads on Node %s without what it is for', async (major) => {
  const { code, output } = await run(await nodeBinary(major), ['program.js'], { cwd: project() });
  expect(code, output).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ isLoaded: true, context: { ip: '192.0.2.7', language: 'de' } });
});

it('names nothing of this workspace', () => {
  const text = readFileSync(join(folder, 'middleware', 'package.json'), 'utf8');
  const { dependencies = {} } = JSON.parse(text) as { dependencies?: object };
  expect(Object.keys(dependencies)).toEqual(['bowser']);
});
