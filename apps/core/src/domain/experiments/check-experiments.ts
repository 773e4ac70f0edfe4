// The validation stage of experiments: what they name must be there, and while one runs it stays what it was started as,
// with its overlay exactly what follows from it.
import {
  bucketsIn,
  experimentOverlay,
  experimentOverlayKey,
  reportedAttributes,
  unreportable,
} from '@org/automation';
import { limits, type Violation } from '@org/contract';
import type { Experiment, Flag } from '@org/contract/model';
import { memberPath } from '@org/contract/schema';
import type { DocumentLookup, DocumentProblem } from '@org/evaluator';
import { checkConfigs } from '@org/evaluator/config';
import { jsonLogic } from '@org/evaluator/logic';
import { canonicalJson } from '@org/sync';
import type { ProposedChange } from '../commit/proposed-change.ts';
import type { DocumentSource } from '../environment/document-set.ts';
import { experimentsOf, holdoutsOf, type KeyedExperiment } from './running.ts';

export interface ExperimentProposal {
  readonly changes: readonly ProposedChange[];
  readonly before: DocumentSource;
  readonly after: DocumentSource;
}

/** Kinds whose change can concern an experiment. */
const concerned: ReadonlySet<string> = new Set([
  'experiment',
  'flag',
  'config',
  'metric',
  'holdout',
  'overlay',
]);
/** What may be edited at any time. */
const always: ReadonlySet<string> = new Set([
  'description',
  'owner',
  'tags',
  'hypothesis',
  'life',
  'allocation',
]);

/** Every finding. */
export function checkExperiments({ changes, before, after }: ExperimentProposal): readonly Violation[] {
  const touched = changes.filter(({ kind }) => concerned.has(kind));
  if (touched.length === 0) return [];
  const experiments = experimentsOf(after);
  return [
    ...experiments.flatMap((each) => checkReferences(each, touched, after)),
    ...experiments.flatMap((each) => checkReport(each, touched)),
    ...experiments
      .filter((each) => touched.some((change) => isItsTraffic(each, change)))
      .flatMap((each) => checkRunning(each, touched, before, after)),
    ...checkGone(touched, before, after),
  ];
}

/** Where to show a finding about an experiment: its own change, else the one that leads to it. */
function fieldOf(
  { key }: KeyedExperiment,
  changes: readonly ProposedChange[],
  culprit: (change: ProposedChange) => boolean,
  path: string,
): string | undefined {
  const own = changes.find((change) => change.kind === 'experiment' && change.key === key);
  if (own !== undefined) return `${own.field}.document.${path}`;
  return changes.find(culprit)?.field;
}

/** An experiment that is decided is history: what it names may go. */
function checkReferences(
  each: KeyedExperiment,
  changes: readonly ProposedChange[],
  after: DocumentSource,
): readonly Violation[] {
  const { experiment, key } = each;
  if (experiment.life?.state === 'decided') return [];
  const findings: Violation[] = [];
  const find = (kind: string, name: string, path: string, rule: string, message: string): void => {
    const field = fieldOf(each, changes, (change) => change.kind === kind && change.key === name, path);
    if (field !== undefined) findings.push({ field, rule, message: `${message} (experiment "${key}")` });
  };
  const { target, variants, metrics, holdouts = [] } = experiment;
  const flag = after.held('flag', target.key)?.document as unknown as Flag | undefined;
  if (target.kind === 'config') {
    if (after.held('config', target.key) === undefined)
      find('config', target.key, 'target.key', 'unknown_config', `There is no config "${target.key}".`);
    else
      for (const { path, rule, message } of patchProblems(each, after))
        find('config', target.key, path, rule, message);
  } else if (flag === undefined)
    find('flag', target.key, 'target.key', 'unknown_flag', `There is no flag "${target.key}".`);
  else {
    variants.forEach(({ variant }, index) => {
      if (Object.hasOwn(flag.variants, variant)) return;
      const message = `The flag "${target.key}" has no variant "${variant}".`;
      find('flag', target.key, `variants[${index}].variant`, 'unknown_variant', message);
    });
  }
  metrics.forEach((metric, index) => {
    if (after.held('metric', metric.key) !== undefined) return;
    find(
      'metric',
      metric.key,
      `metrics[${index}].key`,
      'unknown_metric',
      `There is no metric "${metric.key}".`,
    );
  });
  holdouts.forEach((holdout, index) => {
    if (after.held('holdout', holdout) !== undefined) return;
    find('holdout', holdout, `holdouts[${index}]`, 'unknown_holdout', `There is no holdout "${holdout}".`);
  });
  return findings;
}

/** What exposures are to say of their contexts, of an experiment that is written. */
function checkReport({ key, experiment }: KeyedExperiment, changes: readonly ProposedChange[]): Violation[] {
  const own = changes.find((change) => change.kind === 'experiment' && change.key === key);
  if (own === undefined) return [];
  const { exclude } = experiment;
  const findings = (exclude === undefined ? [] : unreportable(exclude)).map((path) => ({
    field: `${own.field}.document.${path}`,
    rule: 'plain_attribute',
    message: `Exposures carry top-level attributes of the unit's kind: "exclude" tests these alone, without "kind", segments and logic.`,
  }));
  const names = reportedAttributes(experiment);
  const { reportedAttributesMax } = limits;
  if (names.length > reportedAttributesMax) {
    findings.push({
      field: `${own.field}.document.segments`,
      rule: 'max_items',
      message: `"segments" and "exclude" name ${names.length} attributes; exposures carry at most ${reportedAttributesMax}.`,
    });
  }
  return findings;
}

/** What is wrong with the patches of an experiment, as its overlay would have them. */
function patchProblems(
  { key, experiment }: KeyedExperiment,
  after: DocumentSource,
): readonly DocumentProblem[] {
  const id = { kind: 'overlay', key: experimentOverlayKey(key) };
  // In shadow: what else runs on the config is no matter of a draft.
  const overlay = {
    ...experimentOverlay(key, experiment, [], new Map()),
    eligibility: undefined,
    mode: 'shadow',
  };
  const documents: DocumentLookup = {
    get: (kind, name) => (kind === id.kind && name === id.key ? overlay : after.get(kind, name)),
    dependants: (kind, name) => after.dependants(kind, name),
  };
  const prefix = 'patch.configPatches';
  return checkConfigs(documents, [id], { logic: jsonLogic }).flatMap((problem) => {
    if (problem.kind !== id.kind || problem.key !== id.key || !problem.path.startsWith(prefix)) return [];
    const index = experiment.variants.findIndex(({ variant }) =>
      problem.path.startsWith(memberPath(prefix, variant)),
    );
    const below = problem.path.slice(memberPath(prefix, experiment.variants[index]?.variant ?? '').length);
    return [{ ...problem, path: `variants[${index}].patch${below}` }];
  });
}

/** Whether the change is one of what makes up the experiment's traffic. */
function isItsTraffic({ key, experiment }: KeyedExperiment, change: ProposedChange): boolean {
  if (change.kind === 'experiment') return change.key === key;
  if (change.kind === 'overlay') return change.key === experimentOverlayKey(key);
  const holdouts = experiment.life?.holdouts ?? experiment.holdouts ?? [];
  return change.kind === 'holdout' && holdouts.includes(change.key);
}

function checkRunning(
  each: KeyedExperiment,
  changes: readonly ProposedChange[],
  before: DocumentSource,
  after: DocumentSource,
): readonly Violation[] {
  const { key, experiment } = each;
  const state = experiment.life?.state ?? 'draft';
  const findings: Violation[] = [];
  const was = before.held('experiment', key)?.document as unknown as Experiment | undefined;
  if (state !== 'draft' && was !== undefined && was.life !== undefined) {
    for (const member of changedMembers(was, experiment)) {
      const message = `The experiment "${key}" is ${state}: "${member}" stays as it was when it started.`;
      findings.push({
        field: fieldOf(each, changes, () => true, member) ?? 'changes',
        rule: 'started',
        message,
      });
    }
  }
  if (state !== 'draft' && bucketsIn(experiment.life?.ranges ?? []) !== experiment.allocation) {
    const message = `The experiment "${key}" is ${state}: RampExperiment changes its allocation.`;
    findings.push({
      field: fieldOf(each, changes, () => true, 'allocation') ?? 'changes',
      rule: 'started',
      message,
    });
  }
  if (state === 'running' && findings.length === 0) {
    const overlay = after.held('overlay', experimentOverlayKey(key))?.document;
    const expected = experimentOverlay(key, experiment, experiment.life?.ranges ?? [], holdoutsOf(after));
    if (overlay === undefined || canonicalJson(overlay) !== canonicalJson(expected)) {
      const field = changes.find((change) => isItsTraffic(each, change))?.field ?? 'changes';
      const message = `The experiment "${key}" runs: what makes up its traffic changes by ExperimentService alone.`;
      findings.push({ field, rule: 'running', message });
    }
  }
  return findings;
}

function changedMembers(was: Experiment, is: Experiment): readonly string[] {
  const names = new Set([...Object.keys(was), ...Object.keys(is)]);
  return [...names].filter((name) => {
    if (always.has(name)) return false;
    const [one, other] = [was, is].map((document) => (document as unknown as Record<string, unknown>)[name]);
    return canonicalJson(one ?? null) !== canonicalJson(other ?? null);
  });
}

/** A running experiment is stopped before it is removed; nobody else owns the names of its overlays. */
function checkGone(
  changes: readonly ProposedChange[],
  before: DocumentSource,
  after: DocumentSource,
): readonly Violation[] {
  const prefix = experimentOverlayKey('');
  return changes.flatMap(({ kind, key, json, field }) => {
    if (kind === 'experiment' && json === undefined) {
      const was = before.held('experiment', key)?.document as unknown as Experiment | undefined;
      if (was?.life?.state !== 'running') return [];
      return [{ field, rule: 'running', message: `The experiment "${key}" runs: stop it first.` }];
    }
    if (kind !== 'overlay' || json === undefined || !key.startsWith(prefix)) return [];
    const owner = after.held('experiment', key.slice(prefix.length))?.document as unknown as
      Experiment | undefined;
    if (owner?.life?.state === 'running') return [];
    const message = `Overlays named "${prefix}…" belong to running experiments.`;
    return [{ field: `${field}.key`, rule: 'reserved', message }];
  });
}
