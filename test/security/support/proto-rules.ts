// Reads the access rules out of the text of proto/, by itself: the matrix must not believe the table that the server was
// generated from.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@org/tools/services/cache';

/** The rule of one method as the proto's author wrote it. */
export interface ProtoRule {
  readonly service: string;
  readonly method: string;
  readonly role: string;
  readonly scope: string;
  readonly serverKey: boolean;
  readonly clientKey: boolean;
  readonly streaming: boolean;
}

const folder = join(repositoryRoot, 'proto', 'flags', 'v1');
const rpc = /rpc (\w+)\((stream )?\w+\) returns \((stream )?\w+\) \{\s*option \(access\) = \{([^}]*)\};/g;

/** Every rpc of every service; throws when one has no rule next to it. */
export function readProtoRules(): readonly ProtoRule[] {
  return readdirSync(folder).flatMap((file) => rulesOf(readFileSync(join(folder, file), 'utf8')));
}

function rulesOf(text: string): readonly ProtoRule[] {
  const service = /^service (\w+) \{/m.exec(text)?.[1];
  if (service === undefined) return [];
  const rules = [...text.matchAll(rpc)].map(([, method = '', requests, responses, options = '']) => ({
    service,
    method,
    role: /role: ROLE_(\w+)/.exec(options)?.[1] ?? '',
    scope: /scope: SCOPE_(\w+)/.exec(options)?.[1] ?? '',
    serverKey: options.includes('server_key: true'),
    clientKey: options.includes('client_key: true'),
    streaming: requests !== undefined || responses !== undefined,
  }));
  const declared = text.match(/^\s*rpc /gm)?.length ?? 0;
  if (rules.length !== declared) throw new Error(`${service}: ${declared} methods, ${rules.length} rules`);
  return rules;
}
