// The check of configs at commit: everything that is wrong with the changed configs, those that extend them and the overlays
// on any of these, in the state after the change. Never throws.
import { checkDocument } from '../check-document.ts';
import { checkReferences } from '../check-references.ts';
import { Dependants } from '../dependants.ts';
import { formatPath } from '../findings.ts';
import type { CheckOptions, DocumentId, DocumentLookup, DocumentProblem } from '../types.ts';
import { isRecord, own, ownList, type UntrustedRecord } from '../untrusted.ts';
import { brokenCombinations, unknownInInvariant, type PlacedPatch } from './check-combinations.ts';
import { checkLogic } from './check-logic.ts';
import { checkPatchRules, checkPatchValues } from './check-patch.ts';
import { checkSchema } from './check-schema.ts';
import type { Report } from './check-value.ts';
import { asFlagOverlay, checkVariants, configOf, patchesOfOverlay } from './config-overlay.ts';
import { effectiveConfig, type EffectiveConfig } from './effective.ts';
import {
  expressionsOf,
  logicOfConfig,
  logicOfPatch,
  type Path,
  type PlacedExpression,
} from './expressions.ts';
import { configFlagKey } from './translate.ts';

/** The longest key: exposures name a config with a prefix. */
const keyCharsMax = 240;

/** Problems of configs and of overlays on them; what other checks find in flags and segments they leave out. */
export function checkConfigs(
  documents: DocumentLookup,
  changed: readonly DocumentId[],
  options: CheckOptions = {},
): readonly DocumentProblem[] {
  const check = new ConfigCheck(documents, changed, options);
  const keys = check.concerned(changed);
  for (const key of keys) check.config(key);
  check.orphans(changed);
  check.references(keys, changed);
  return check.problems;
}

class ConfigCheck {
  readonly problems: DocumentProblem[] = [];
  readonly #documents: DocumentLookup;
  readonly #users: Dependants;
  readonly #options: CheckOptions;
  /** What stands for each document in the check of references. */
  readonly #stands = new Map<
    string,
    { readonly document: unknown; readonly places: readonly PlacedExpression[] }
  >();

  constructor(documents: DocumentLookup, changed: readonly DocumentId[], options: CheckOptions) {
    this.#documents = documents;
    this.#users = new Dependants(documents, changed);
    this.#options = options;
  }

  /** The configs that a change concerns. */
  concerned(changed: readonly DocumentId[]): readonly string[] {
    const keys = new Set<string>();
    for (const { kind, key } of changed) {
      if (kind === 'config') keys.add(key);
      const target = kind === 'overlay' ? configOf(this.#documents.get(kind, key)) : undefined;
      if (target !== undefined) keys.add(target);
      if (kind === 'segment') for (const user of this.#dependants('segment', key, 'config')) keys.add(user);
    }
    for (const key of keys) for (const heir of this.#dependants('config', key, 'config')) keys.add(heir);
    return [...keys];
  }

  config(key: string): void {
    const document = this.#documents.get('config', key);
    if (document === undefined) return;
    const report = this.#reporter({ kind: 'config', key });
    const find = (name: string) => {
      const found = this.#documents.get('config', name);
      return found === undefined ? undefined : { document: found, revision: 0 };
    };
    const effective = effectiveConfig(key, find);
    if ('problem' in effective)
      return report(effective.problem, sentences[effective.problem](effective.detail), 'extends');
    if (!isRecord(document)) return;
    if (key.length > keyCharsMax)
      report('max_length', `The key of a config has at most ${keyCharsMax} characters.`);
    const before = this.problems.length;
    this.#checkOwn(document, effective, report);
    const patches = this.#checkOverlays(effective);
    if (this.problems.length > before) return;
    const ownRules = ownList(document, 'rules').length;
    for (const broken of brokenCombinations(effective, ownRules, patches)) {
      const { overlayKey, path, rule, message } = broken;
      const id = overlayKey === undefined ? { kind: 'config', key } : { kind: 'overlay', key: overlayKey };
      this.#reporter(id)(rule, message, ...path);
    }
  }

  #checkOwn(document: UntrustedRecord, effective: EffectiveConfig, report: Report): void {
    checkSchema(document, effective, report);
    checkPatchValues(effective, own(document, 'values'), under(report, 'values'));
    checkPatchRules(effective, own(document, 'rules'), under(report, 'rules'));
    const logic = logicOfConfig(document, effective.parameters);
    for (const placed of logic) checkLogic(placed, effective, report);
    ownList(document, 'invariants')
      .filter(isRecord)
      .forEach((invariant, index) => {
        for (const { name, path } of unknownInInvariant(invariant, effective))
          report(
            'unknown_parameter',
            `There is no parameter "${name}".`,
            'invariants',
            index,
            'require',
            ...path,
          );
        const require = own(invariant, 'require');
        checkLogic(
          { type: 'condition', value: require, path: ['invariants', index, 'require'] },
          effective,
          report,
        );
      });
    const invariants = ownList(document, 'invariants').flatMap((invariant, index) =>
      isRecord(invariant)
        ? [
            {
              type: 'condition' as const,
              value: own(invariant, 'require'),
              path: ['invariants', index, 'require'],
            },
          ]
        : [],
    );
    const places = expressionsOf(own(document, 'rules'), ['rules'], [...logic, ...invariants]);
    this.#stand(
      { kind: 'config', key: effective.key },
      configFlagKey(effective.key),
      places,
      own(document, 'clientVisible'),
    );
    const parent = own(document, 'extends');
    if (typeof parent !== 'string' || own(document, 'clientVisible') !== true) return;
    if (!isVisible(this.#documents.get('config', parent)))
      report('server_only', `Browsers would need "${parent}", which is not client-visible.`, 'extends');
  }

  #checkOverlays(effective: EffectiveConfig): readonly PlacedPatch[] {
    const patches: PlacedPatch[] = [];
    for (const overlayKey of this.#dependants('config', effective.key, 'overlay')) {
      const overlay = this.#documents.get('overlay', overlayKey);
      if (configOf(overlay) !== effective.key) continue;
      const report = this.#reporter({ kind: 'overlay', key: overlayKey });
      const places: PlacedExpression[] = [];
      for (const { path, patch } of patchesOfOverlay(overlay)) {
        patches.push({ overlayKey, path, patch });
        places.push(...this.#checkPatch(effective, patch, path, report));
      }
      checkVariants(overlay, report);
      this.#stand(
        { kind: 'overlay', key: overlayKey },
        `overlay:${overlayKey}`,
        places,
        this.#isVisible(effective.key),
      );
    }
    return patches;
  }

  #checkPatch(
    effective: EffectiveConfig,
    patch: unknown,
    path: Path,
    report: Report,
  ): readonly PlacedExpression[] {
    const at = under(report, ...path);
    const [values, rules] = isRecord(patch) ? [own(patch, 'values'), own(patch, 'rules')] : [];
    checkPatchValues(effective, values, under(at, 'values'));
    checkPatchRules(effective, rules, under(at, 'rules'));
    const logic = logicOfPatch(patch, effective.parameters, path);
    for (const placed of logic) checkLogic(placed, effective, report);
    return expressionsOf(rules, [...path, 'rules'], logic);
  }

  #isVisible(key: string): boolean {
    return isVisible(this.#documents.get('config', key));
  }

  /** A flag that stands for a document: its conditions are the flag's rules, so that the flag's checks find their faults. */
  #stand(id: DocumentId, flagKey: string, places: readonly PlacedExpression[], clientVisible: unknown): void {
    const document = {
      type: 'boolean',
      enabled: true,
      variants: { yes: true },
      rules: places.map(({ expression }, index) => ({
        id: String(index),
        when: expression,
        serve: { variant: 'yes' },
      })),
      default: { variant: 'yes' },
      clientVisible: clientVisible === true,
    };
    this.#stands.set(flagKey, { document, places });
    const problems = checkDocument('flag', flagKey, document, this.#options);
    this.#translate(id, places, problems);
  }

  #translate(
    id: DocumentId,
    places: readonly PlacedExpression[],
    problems: readonly DocumentProblem[],
  ): void {
    for (const { path, rule, message } of problems) {
      const [, index, below = ''] = /^rules\[(\d+)\]\.when\.?(.*)$/s.exec(path) ?? [];
      const place = index === undefined ? '' : formatPath(places[Number(index)]?.path ?? []);
      const at = below === '' || below.startsWith('[') ? `${place}${below}` : `${place}.${below}`;
      this.problems.push({ ...id, path: at, rule, message });
    }
  }

  /** An overlay on a config that is not there. */
  orphans(changed: readonly DocumentId[]): void {
    const overlays = new Set<string>();
    for (const { kind, key } of changed) {
      if (kind === 'overlay') overlays.add(key);
      if (kind === 'config')
        for (const user of this.#dependants('config', key, 'overlay')) overlays.add(user);
    }
    for (const key of overlays) {
      const target = configOf(this.#documents.get('overlay', key));
      if (target === undefined || this.#documents.get('config', target) !== undefined) continue;
      const report = this.#reporter({ kind: 'overlay', key });
      report('unknown_config', sentences.unknown_config(target), 'target', 'key');
    }
  }

  /** Segments and lists that are not there, overlays in each other's way, what browsers must not need, what costs too much. */
  references(keys: readonly string[], changed: readonly DocumentId[]): void {
    if (this.#stands.size === 0) return;
    const overlays = changed.filter(
      ({ kind, key }) => kind === 'overlay' && configOf(this.#documents.get(kind, key)) !== undefined,
    );
    const flags = [...this.#stands.keys()].map((key) => ({ kind: 'flag', key }));
    const found = checkReferences(this.#lookup(), [...flags, ...overlays], this.#options);
    const seen = new Set(
      this.problems.map(({ kind, key, path, rule }) => [kind, key, path, rule].join('\n')),
    );
    for (const problem of found) {
      const id = this.#idOf(problem);
      if (id === undefined || seen.has([id.kind, id.key, problem.path, problem.rule].join('\n'))) continue;
      if (problem.kind === 'flag')
        this.#translate(id, this.#stands.get(problem.key)?.places ?? [], [problem]);
      else this.problems.push(problem);
    }
  }

  #idOf({ kind, key }: DocumentId): DocumentId | undefined {
    if (kind === 'overlay') return { kind, key };
    if (kind !== 'flag' || !this.#stands.has(key)) return undefined;
    const isConfig = key.startsWith(configFlagKey(''));
    return isConfig
      ? { kind: 'config', key: key.slice(configFlagKey('').length) }
      : { kind: 'overlay', key: key.slice('overlay:'.length) };
  }

  /** The documents with flags in the place of configs. */
  #lookup(): DocumentLookup {
    const documents = this.#documents;
    return {
      get: (kind, key) => {
        const stand = kind === 'flag' ? this.#stands.get(key) : undefined;
        if (stand !== undefined) return stand.document;
        const document = documents.get(kind, key);
        return kind === 'overlay' && configOf(document) !== undefined
          ? asFlagOverlay(document as UntrustedRecord, { variant: 'yes' })
          : document;
      },
      dependants: (kind, key) =>
        kind === 'flag' && key.startsWith(configFlagKey(''))
          ? [...documents.dependants('config', key.slice(configFlagKey('').length))].filter(
              (user) => user.kind === 'overlay',
            )
          : documents.dependants(kind, key),
    };
  }

  #dependants(kind: string, key: string, of: string): readonly string[] {
    const found = new Set<string>();
    for (const user of this.#users.of({ kind, key })) {
      if (user.kind === of && this.#documents.get(of, user.key) !== undefined) found.add(user.key);
    }
    return [...found];
  }

  #reporter({ kind, key }: DocumentId): Report {
    return (rule, message, ...path) =>
      this.problems.push({ kind, key, path: formatPath(path), rule, message });
  }
}

const under =
  (report: Report, ...at: readonly (string | number)[]): Report =>
  (rule, message, ...path) =>
    report(rule, message, ...at, ...path);

const sentences = {
  config_cycle: (detail: string) => `The configs extend each other in a cycle: ${detail}.`,
  unknown_config: (detail: string) => `There is no config "${detail}".`,
  config_depth: () => 'At most 10 configs extend one another.',
  document: (detail: string) => `The config "${detail}" is no JSON object.`,
} as const;

const isVisible = (document: unknown): boolean =>
  isRecord(document) && own(document, 'clientVisible') === true;
