// A commit that changes a config's schema upgrades, in the same revision, what is stored under the old one: the config's own
// values, those of the configs that extend it, the overlays on any of them, and experiments that have not started.
import {
  effectiveConfig,
  schemaUpgrade,
  upgradeConfig,
  upgradeOverlay,
  upgradePatch,
  type EffectiveConfig,
  type SchemaUpgrade,
} from '@org/evaluator/config';
import type { Experiment, JsonObject } from '@org/contract/model';
import { canonicalJson } from '@org/sync';
import type { DocumentSource } from '../environment/document-set.ts';
import type { CheckedChanges, ProposedChange } from './proposed-change.ts';

/** The changes with everything that has to follow a changed schema. */
export function withUpgradedConfigs(checked: CheckedChanges, documents: DocumentSource): CheckedChanges {
  const changed = checked.changes.filter(
    ({ kind, key, json }) =>
      kind === 'config' && json !== undefined && documents.held(kind, key) !== undefined,
  );
  if (changed.length === 0) return checked;
  const changes = new Map(checked.changes.map((change) => [idOf(change), change]));
  for (const { key, field } of changed) upgradeAround(key, field, changes, documents);
  return { ...checked, changes: [...changes.values()] };
}

type Changes = Map<string, ProposedChange>;

const idOf = ({ kind, key }: { readonly kind: string; readonly key: string }): string => `${kind}/${key}`;

function upgradeAround(key: string, field: string, changes: Changes, documents: DocumentSource): void {
  const before = effective(key, (name) => documents.get('config', name));
  const after = effective(key, (name) => documentOf('config', name, changes, documents));
  const upgrade = before && after && schemaUpgrade(before, after);
  if (upgrade === undefined) return;
  const put = (kind: string, name: string, map: (document: JsonObject) => JsonObject): void => {
    const document = documentOf(kind, name, changes, documents);
    if (document === undefined) return;
    const json = canonicalJson(map(document));
    const known = changes.get(`${kind}/${name}`);
    if (json === (known === undefined ? documents.held(kind, name)?.json : known.json)) return;
    changes.set(
      `${kind}/${name}`,
      known ? { ...known, json } : { kind, key: name, json, expectedRevision: undefined, field },
    );
  };
  put('config', key, (document) => upgradeConfig(document, upgrade, documents.held('config', key)?.document));
  const family = [key, ...heirsOf(key, documents)];
  for (const heir of family.slice(1)) put('config', heir, (document) => upgradeConfig(document, upgrade));
  for (const each of family) {
    for (const user of documents.dependants('config', each))
      // A running experiment's overlay follows its document, which stays as it is until it is stopped.
      if (user.kind === 'overlay' && !user.key.startsWith('experiment:'))
        put('overlay', user.key, (document) => upgradeOverlay(document, upgrade));
  }
  for (const { key: name, document } of documents.ofKind('experiment')) {
    const experiment = document as unknown as Experiment;
    if (
      experiment.target.kind === 'config' &&
      family.includes(experiment.target.key) &&
      experiment.life === undefined
    )
      put('experiment', name, (draft) => upgradeExperiment(draft, upgrade));
  }
}

function upgradeExperiment(draft: JsonObject, upgrade: SchemaUpgrade): JsonObject {
  const variants = (draft as unknown as Experiment).variants.map((variant) =>
    variant.patch === undefined
      ? variant
      : { ...variant, patch: upgradePatch(variant.patch as unknown as JsonObject, upgrade) },
  );
  return { ...draft, variants: variants as unknown as JsonObject[] };
}

function effective(key: string, find: (key: string) => unknown): EffectiveConfig | undefined {
  const found = effectiveConfig(key, (name) => {
    const document = find(name);
    return document === undefined ? undefined : { document, revision: 0 };
  });
  return 'problem' in found ? undefined : found;
}

/** As it would be after the changes. */
function documentOf(
  kind: string,
  key: string,
  changes: Changes,
  documents: DocumentSource,
): JsonObject | undefined {
  const change = changes.get(`${kind}/${key}`);
  if (change === undefined) return documents.held(kind, key)?.document;
  return change.json === undefined ? undefined : (JSON.parse(change.json) as JsonObject);
}

/** The configs that extend it, directly or not, as they are live. */
function heirsOf(key: string, documents: DocumentSource): readonly string[] {
  const heirs = new Set<string>([key]);
  for (const each of heirs)
    for (const user of documents.dependants('config', each)) if (user.kind === 'config') heirs.add(user.key);
  return [...heirs].slice(1);
}
