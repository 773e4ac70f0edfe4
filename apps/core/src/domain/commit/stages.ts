// The validation stages that look at the whole environment as it would be: references and cycles, limits, what browsers
// depend on, and a canary that compiles and evaluates it. A stage answers with every finding; adding one is adding a row.
import {
  checkReferences,
  createEvaluator,
  createMemberSet,
  referencesOf,
  type DocumentId,
  type DocumentProblem,
} from '@org/evaluator';
import { checkConfigs, configFlagKey, withConfigs } from '@org/evaluator/config';
import { jsonLogic } from '@org/evaluator/logic';
import { limits, type Violation } from '@org/contract';
import { evaluatedKinds } from '@org/contract/model';
import { saltedHash } from '../environment/client-view.ts';
import { unhashableLiterals } from '../environment/client-document.ts';
import { documentIdText, type DocumentSource, type HeldDocument } from '../environment/document-set.ts';
import { checkAlerts } from '../alerts/check-alerts.ts';
import { checkEvolutions } from '../evolution/check-evolutions.ts';
import { checkExperiments } from '../experiments/check-experiments.ts';
import { checkRollouts } from '../rollouts/check-rollouts.ts';
import { directUsages } from '../usage/usages.ts';
import type { StateChange } from '../environment/environment-state.ts';
import { joinPath, type ProposedChange } from './proposed-change.ts';

/** What a stage looks at. */
export interface Proposal {
  readonly changes: readonly ProposedChange[];
  /** The change worked out; `change.after` are the documents as they would be. */
  readonly change: StateChange;
  readonly before: DocumentSource;
  /** Documents in the environment after the change. */
  readonly documentCount: number;
}

export type Stage = (proposal: Proposal) => readonly Violation[];

const noMembers = createMemberSet([new Uint32Array()]);
const evaluated: ReadonlySet<string> = new Set(evaluatedKinds);
/** A widely used segment may touch every flag: the canary then takes the first ones. */
const canaryDocumentsMax = 2_000;

const references: Stage = (proposal) =>
  checkReferences(proposal.change.after, evaluatedChanges(proposal), { logic: jsonLogic })
    // What is missing because this commit removes it, the next stage tells of whoever removes it.
    .filter((problem) => !isOrphaned(problem, proposal))
    .map((problem) => violationOf(problem, proposal));

const isOrphaned = ({ kind, key, rule }: DocumentProblem, { changes }: Proposal): boolean =>
  /^unknown_(flag|segment|list|config)$/.test(rule) &&
  changes.some(({ json }) => json === undefined) &&
  !changes.some((change) => change.kind === kind && change.key === key);

const usersNamedMax = 20;

/** What others use cannot be removed; the finding names them. */
const inUse: Stage = ({ changes, change: { after } }) =>
  changes.flatMap(({ kind, key, json, field }) => {
    const users = json === undefined ? directUsages(after, { kind, key }) : [];
    const needing = users.filter(({ blocksDeletion }) => blocksDeletion);
    if (needing.length === 0) return [];
    const named = needing
      .slice(0, usersNamedMax)
      .map((user) => `${user.kind} "${user.key}" (${user.places[0] ?? 'logic'})`);
    const more = needing.length > named.length ? ` and ${needing.length - named.length} more` : '';
    const message = `The ${kind} "${key}" is used by ${named.join(', ')}${more}.`;
    return [{ field, rule: 'in_use', message }];
  });

const size: Stage = ({ change, documentCount }) => {
  const findings: Violation[] = [];
  if (documentCount > limits.documentsPerEnvironmentMax) {
    const message = `An environment holds at most ${limits.documentsPerEnvironmentMax} documents.`;
    findings.push({ field: 'changes', rule: 'max_documents', message });
  }
  if (Math.max(change.server.bytes, change.client.bytes) > limits.snapshotBytesMax) {
    const message = `The snapshot would have more than ${limits.snapshotBytesMax} bytes.`;
    findings.push({ field: 'changes', rule: 'max_snapshot_bytes', message });
  }
  return findings;
};

/** Browsers can ask the server for a remote flag, but cannot evaluate another flag by it. */
const clientDependencies: Stage = (proposal) => {
  const { after } = proposal.change;
  const changed = evaluatedChanges(proposal);
  const dependants = changed.flatMap(({ kind, key }) => [...after.dependants(kind, key)]);
  const flags = new Map(
    [...changed, ...dependants].map(({ kind, key }) => [documentIdText(kind, key), { kind, key }]),
  );
  return [...flags.values()].flatMap((id) => {
    const flag = id.kind === 'flag' ? after.held('flag', id.key)?.document : undefined;
    if (flag?.['clientVisible'] !== true || flag['remoteEvaluation'] === true) return [];
    return referencesOf('flag', flag)
      .filter(
        ({ kind, key }) => kind === 'flag' && after.held('flag', key)?.document['remoteEvaluation'] === true,
      )
      .map(({ key }) => {
        const message = `Browsers evaluate this flag and cannot evaluate its prerequisite "${key}" (remote evaluation).`;
        return violationOf({ ...id, path: 'prerequisites', rule: 'remote_prerequisite', message }, proposal);
      });
  });
};

/** Ids and sensitive literals reach browsers as hashes of texts, or not at all. */
const hashableLiterals: Stage = (proposal) =>
  proposal.change.client.upserts.flatMap(({ kind, key }) => {
    const document = proposal.change.after.held(kind, key)?.document;
    if (document === undefined || (kind === 'flag' && document['remoteEvaluation'] === true)) return [];
    return unhashableLiterals(kind, document).map((path) => {
      const message =
        'Browsers get this literal as a salted hash, which numbers have none of: write it as text.';
      return violationOf({ kind, key, path, rule: 'hashable_literal', message }, proposal);
    });
  });

/** A kill switch answers everybody the same; an overlay would be a second switch beside it. */
const killSwitchOverlays: Stage = (proposal) => {
  const { after } = proposal.change;
  const overlays = evaluatedChanges(proposal).flatMap(({ kind, key }) => [
    ...(kind === 'overlay' ? [key] : []),
    ...(kind === 'flag' && after.get(kind, key) !== undefined
      ? [...after.dependants(kind, key)].filter((other) => other.kind === 'overlay').map((other) => other.key)
      : []),
  ]);
  return [...new Set(overlays)].flatMap((key) => {
    const target = referencesOf('overlay', after.get('overlay', key)).find(({ kind }) => kind === 'flag');
    if (target === undefined || after.held('flag', target.key)?.document['type'] !== 'kill_switch') return [];
    const message = `"${target.key}" is a kill switch, which answers everybody the same: no overlays.`;
    return [violationOf({ kind: 'overlay', key, path: 'target', rule: 'kill_switch', message }, proposal)];
  });
};

/** The real evaluator must take the documents and answer for them (reliability: a bad change must not reach anyone). */
const canary: Stage = (proposal) => {
  const evaluator = withConfigs(createEvaluator)({
    ...{ digest: saltedHash, logic: jsonLogic },
    // Whether contents are at hand is seen to before; here an empty list will do.
    members: () => noMembers,
  });
  const { documents, flagKeys, configKeys } = touchedDocuments(proposal);
  const problems = evaluator.load(
    documents.map(({ kind, key, revision, document }) => ({ kind, key, revision, document })),
    proposal.change.revision,
  );
  const findings = problems.map((problem) => violationOf(problem, proposal));
  const asked = [
    ...flagKeys.map((key) => ({ kind: 'flag', key, flagKey: key })),
    ...configKeys.map((key) => ({ kind: 'config', key, flagKey: configFlagKey(key) })),
  ];
  for (const { kind, key, flagKey } of asked) {
    for (const context of [{}, { targetingKey: 'canary' }]) {
      const { errorCode, rule } = evaluator.evaluate(flagKey, context);
      // Logic may fail for a context that lacks what it reads; that is an answer of the flag.
      if (rule !== undefined) continue;
      if (errorCode !== 'PARSE_ERROR' && errorCode !== 'GENERAL' && errorCode !== 'FLAG_NOT_FOUND') continue;
      const message = `The ${kind} "${key}" could not be evaluated (${errorCode}).`;
      findings.push(violationOf({ kind, key, path: '', rule: 'not_evaluable', message }, proposal));
      break;
    }
  }
  return findings;
};

/** Configs with what extends them and the overlays on them: values, rules, invariants, references. */
const configs: Stage = (proposal) => [
  ...checkConfigs(proposal.change.after, evaluatedChanges(proposal), { logic: jsonLogic })
    .filter((problem) => !isOrphaned(problem, proposal))
    .map((problem) => violationOf(problem, proposal)),
  // What stands for a config where flags are asked for must not be a flag, too.
  ...proposal.changes
    .filter(
      ({ kind, key, json }) => kind === 'flag' && json !== undefined && key.startsWith(configFlagKey('')),
    )
    .map(({ field }) => {
      const message = `Keys of flags do not begin with "${configFlagKey('')}".`;
      return { field: `${field}.key`, rule: 'reserved', message };
    }),
];

const experiments: Stage = ({ changes, before, change: { after } }) =>
  checkExperiments({ changes, before, after });

const evolutions: Stage = ({ changes, change: { after } }) => checkEvolutions(changes, after);

const rollouts: Stage = ({ changes, before, change: { after } }) => checkRollouts({ changes, before, after });

const alerts: Stage = ({ changes, change: { after } }) => checkAlerts({ changes, after });

/** All stages for authored changes. */
export const allStages: readonly Stage[] = [
  references,
  inUse,
  size,
  clientDependencies,
  hashableLiterals,
  killSwitchOverlays,
  configs,
  experiments,
  rollouts,
  evolutions,
  alerts,
];
/** Runs only when the others found nothing: what they find, it would find again. */
export const canaryStage: Stage = canary;

/** Runs the stages. */
export function findAll(stages: readonly Stage[], proposal: Proposal): readonly Violation[] {
  return stages.flatMap((stage) => stage(proposal));
}

const evaluatedChanges = ({ changes }: Proposal): readonly ProposedChange[] =>
  changes.filter(({ kind }) => evaluated.has(kind));

/** The changed documents that are there after the change, and what depends on them, nearest first. */
function affected(proposal: Proposal): readonly DocumentId[] {
  const { after } = proposal.change;
  const found = new Map<string, DocumentId>();
  const open: DocumentId[] = [...evaluatedChanges(proposal)];
  for (let index = 0; index < open.length; index += 1) {
    const { kind, key } = open[index] as DocumentId;
    const id = documentIdText(kind, key);
    if (found.has(id)) continue;
    if (found.size >= canaryDocumentsMax) break;
    found.set(id, { kind, key });
    open.push(...after.dependants(kind, key));
  }
  return [...found.values()].filter(({ kind, key }) => after.held(kind, key) !== undefined);
}

/** What a canary looks at: the changed documents with all that depends on them and all that those refer to. */
export function touchedDocuments(proposal: Proposal): {
  readonly documents: readonly HeldDocument[];
  /** The flags among those that may answer differently. */
  readonly flagKeys: readonly string[];
  readonly configKeys: readonly string[];
} {
  const touched = affected(proposal);
  return {
    documents: withReferences(proposal.change.after, touched),
    flagKeys: touched.flatMap(({ kind, key }) => (kind === 'flag' ? [key] : [])),
    configKeys: touched.flatMap(({ kind, key }) => (kind === 'config' ? [key] : [])),
  };
}

/** The documents and everything they refer to, directly or not. */
function withReferences(source: DocumentSource, ids: readonly DocumentId[]): readonly HeldDocument[] {
  const found = new Map<string, HeldDocument>();
  const open = [...ids];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const id = documentIdText(next.kind, next.key);
    const held = source.held(next.kind, next.key);
    if (held === undefined || found.has(id)) continue;
    found.set(id, held);
    open.push(...referencesOf(next.kind, held.document));
  }
  return [...found.values()];
}

/** Names the change that leads to the problem: the document's own, else one that the document refers to. */
function violationOf(problem: DocumentProblem, { changes, change, before }: Proposal): Violation {
  const { kind, key, path, rule, message } = problem;
  const own = changes.find((candidate) => candidate.kind === kind && candidate.key === key);
  if (own !== undefined) {
    return {
      field: own.json === undefined ? own.field : joinPath(`${own.field}.document`, path),
      rule,
      message,
    };
  }
  const held = change.after.held(kind, key) ?? before.held(kind, key);
  const culprit = referencesOf(kind, held?.document)
    .map((reference) =>
      changes.find((candidate) => candidate.kind === reference.kind && candidate.key === reference.key),
    )
    .find((candidate) => candidate !== undefined);
  const place = path === '' ? '' : ` at ${path}`;
  return { field: culprit?.field ?? 'changes', rule, message: `${message} (in ${kind} "${key}"${place})` };
}
