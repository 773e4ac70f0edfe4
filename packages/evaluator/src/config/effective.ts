// What a config is with everything it inherits. Reads documents that nobody has checked.
import type { JsonObject } from '@org/contract/model';
import { isRecord, own, ownList, type UntrustedRecord } from '../untrusted.ts';
import { configLimits } from './limits.ts';
import { byPath, readParameters, renames, type Parameter, type ParameterMap } from './parameters.ts';
import { mergeValues } from './tree.ts';

/** A document with the revision that last changed it. */
export interface KeyedDocument {
  readonly document: unknown;
  readonly revision: number;
}
export type FindConfig = (key: string) => KeyedDocument | undefined;

/** A config with what it inherits. */
export interface EffectiveConfig {
  readonly key: string;
  /** Itself, then those it extends, nearest first. */
  readonly chain: readonly string[];
  readonly parameters: ParameterMap;
  readonly flat: ReadonlyMap<string, Parameter>;
  /** Former paths of parameters, with those they have now. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly values: JsonObject;
  /** Its own before those it inherits. */
  readonly rules: readonly UntrustedRecord[];
  readonly invariants: readonly UntrustedRecord[];
  readonly forbidden: readonly UntrustedRecord[];
  /** The newest of all revisions. */
  readonly revision: number;
}

/** Why there is none. */
export interface NoConfig {
  readonly problem: 'config_cycle' | 'unknown_config' | 'config_depth' | 'document';
  readonly detail: string;
}

/** The effective config of a key. */
export function effectiveConfig(key: string, find: FindConfig): EffectiveConfig | NoConfig {
  const chain: string[] = [];
  const documents: UntrustedRecord[] = [];
  let revision = 0;
  for (let next: unknown = key; next !== undefined;) {
    if (typeof next !== 'string') return { problem: 'unknown_config', detail: typeof next };
    if (chain.includes(next)) return { problem: 'config_cycle', detail: [...chain, next].join(' → ') };
    if (chain.length > configLimits.inheritanceMax) return { problem: 'config_depth', detail: next };
    const found = find(next);
    if (found === undefined) return { problem: 'unknown_config', detail: next };
    if (!isRecord(found.document)) return { problem: 'document', detail: next };
    chain.push(next);
    documents.push(found.document);
    revision = Math.max(revision, found.revision);
    next = own(found.document, 'extends');
  }
  return assemble(key, chain, documents, revision);
}

function assemble(
  key: string,
  chain: readonly string[],
  documents: readonly UntrustedRecord[],
  revision: number,
): EffectiveConfig {
  const rootFirst = [...documents].reverse();
  const parameters = rootFirst.reduce<ParameterMap>(
    (inherited, document) => readParameters(own(document, 'schema'), inherited),
    new Map(),
  );
  const flat = byPath(parameters);
  return {
    ...{ key, chain, parameters, flat, revision },
    aliases: renames(flat),
    values: rootFirst.reduce<JsonObject>(
      (values, document) => mergeValues(parameters, values, own(document, 'values')),
      {},
    ),
    rules: inheritedRules(documents),
    invariants: documents.flatMap((document) => ownList(document, 'invariants').filter(isRecord)),
    forbidden: documents.flatMap((document) => ownList(document, 'forbidden').filter(isRecord)),
  };
}

/** A rule replaces the inherited one of the same id. */
function inheritedRules(documents: readonly UntrustedRecord[]): readonly UntrustedRecord[] {
  const rules: UntrustedRecord[] = [];
  const ids = new Set<unknown>();
  for (const document of documents) {
    for (const rule of ownList(document, 'rules')) {
      if (!isRecord(rule) || ids.has(own(rule, 'id')) || rules.length >= configLimits.rulesMax) continue;
      rules.push(rule);
    }
    for (const rule of rules) ids.add(own(rule, 'id'));
    if (own(document, 'inheritRules') === false) break;
  }
  return rules;
}
