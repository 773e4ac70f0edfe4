// The access table is generated from every method's option, and from nothing less.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '../lib/run.ts';
import { readAccessRows, readForeignRows, renderAccessTable } from './access-table.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flags-access-table-'));
  mkdirSync(join(folder, 'flags/v1'), { recursive: true });
  writeFileSync(join(folder, 'buf.yaml'), 'version: v2\nmodules:\n  - path: .\n');
  writeFileSync(
    join(folder, 'flags/v1/options.proto'),
    readFileSync(join(root, 'proto/flags/v1/options.proto')),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The descriptor set of a service with these methods. */
function compile(methods: string): Uint8Array {
  const file = 'flags/v1/planted.proto';
  const text = `syntax = "proto3";\npackage flags.v1;\nimport "flags/v1/options.proto";\nmessage M {}\nservice Planted {\n${methods}\n}\n`;
  writeFileSync(join(folder, file), text);
  const out = join(folder, 'out.binpb');
  execFileSync(join(root, 'node_modules/.bin/buf'), ['build', '.', '-o', out], { cwd: folder });
  return readFileSync(out);
}

it('reads role, scope, keys, capacity and streams of a method', () => {
  const rows = readAccessRows(
    compile(`
      rpc B(stream M) returns (M) { option (access) = {role: ROLE_EDITOR, scope: SCOPE_PROJECT, server_key: true}; }
      rpc A(M) returns (stream M) { option (access) = {role: ROLE_VIEWER, scope: SCOPE_CALLER, client_key: true, reserved_capacity: true}; }`),
  );
  expect(rows).toEqual([
    {
      method: 'flags.v1.Planted/A',
      role: 'ROLE_VIEWER',
      scope: 'SCOPE_CALLER',
      serverKey: false,
      clientKey: true,
      reservedCapacity: true,
      clientStreaming: false,
      serverStreaming: true,
    },
    {
      method: 'flags.v1.Planted/B',
      role: 'ROLE_EDITOR',
      scope: 'SCOPE_PROJECT',
      serverKey: true,
      clientKey: false,
      reservedCapacity: false,
      clientStreaming: true,
      serverStreaming: false,
    },
  ]);
  expect(renderAccessTable(rows)).toContain("| 'flags.v1.Planted/A'");
});

it.each([
  ['no option', 'rpc A(M) returns (M) {}'],
  ['no role', 'rpc A(M) returns (M) { option (access) = {scope: SCOPE_CALLER}; }'],
  ['no scope', 'rpc A(M) returns (M) { option (access) = {role: ROLE_ADMIN}; }'],
  [
    'an unspecified role',
    'rpc A(M) returns (M) { option (access) = {role: ROLE_UNSPECIFIED, scope: SCOPE_CALLER}; }',
  ],
  ['another option only', 'rpc A(M) returns (M) { option deprecated = true; }'],
])('stops at a method with %s, and names it', (_name, method) => {
  const good = 'rpc Good(M) returns (M) { option (access) = {role: ROLE_ADMIN, scope: SCOPE_CALLER}; }';
  expect(() => readAccessRows(compile(`${good}\n${method}`))).toThrow(/flags\.v1\.Planted\/A(?!.*Good)/s);
});

it('lists the methods of services of others, and asks them for no rule', () => {
  const foreign = join(folder, 'other/v1/other.proto');
  mkdirSync(join(folder, 'other/v1'), { recursive: true });
  const text =
    'syntax = "proto3";\npackage other.v1;\nmessage M {}\nservice S { rpc B(M) returns (stream M); rpc A(M) returns (M); }\n';
  writeFileSync(foreign, text);
  const set = compile(
    'rpc Own(M) returns (M) { option (access) = {role: ROLE_ADMIN, scope: SCOPE_CALLER}; }',
  );
  rmSync(foreign);
  const rows = readForeignRows(set);
  expect(readAccessRows(set).map(({ method }) => method)).toEqual(['flags.v1.Planted/Own']);
  expect(rows).toEqual([
    { method: 'other.v1.S/A', clientStreaming: false, serverStreaming: false },
    { method: 'other.v1.S/B', clientStreaming: false, serverStreaming: true },
  ]);
  expect(renderAccessTable(readAccessRows(set), rows)).toContain("'other.v1.S/B': {");
});
