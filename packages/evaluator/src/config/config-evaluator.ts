// An evaluator that knows configs: it stands in front of one that knows flags and gives it each config as flags. Whatever is
// no config passes through untouched. Never throws.
import type { EvaluationContext, EvaluationDetails, JsonObject, JsonValue } from '@org/contract/model';
import type {
  DocumentChange,
  DocumentId,
  DocumentProblem,
  EvaluatedDocument,
  Evaluator,
  EvaluatorOptions,
  FlagHandle,
  OnMeasured,
  Outcome,
} from '../types.ts';
import { isRecord, own } from '../untrusted.ts';
import { Choice, RuleServed } from './choice.ts';
import { ConfigHandle, treeFor, type Config, type ConfigOptions } from './config-handle.ts';
import { effectiveConfig, type KeyedDocument } from './effective.ts';
import { createProblemBook, type ConfigProblem } from './problem-book.ts';
import { Served, type ServedConfig } from './served.ts';
import {
  configFlagKey,
  isPartKey,
  noConditions,
  translateConfig,
  type ConditionNames,
  type ConfigOverlay,
} from './translate.ts';

/** What an evaluator has for configs, beside what it has for flags. */
export interface ConfigEvaluator extends Evaluator {
  /** A config, resolved once: keep it and ask it as often as you like. */
  config(key: string, options?: ConfigOptions): Config;
  /** The keys of all configs. */
  configKeys(): readonly string[];
}

/** What it may be given beside the evaluator's own. */
export interface ConfigPorts {
  /** Told of each problem once: a parameter nobody declares, a function nobody implements. Must not throw. */
  readonly onProblem?: ((problem: ConfigProblem) => void) | undefined;
}

/** A factory of evaluators that know configs, from one of evaluators that know flags. */
export const withConfigs =
  <E extends Evaluator>(create: (options: EvaluatorOptions) => E, ports: ConfigPorts = {}) =>
  (options: EvaluatorOptions = {}): E & ConfigEvaluator => {
    const { onExposure } = options;
    return new FrontEvaluator(
      create({
        ...options,
        // What the rules below an overlay chose is no exposure of its own.
        ...(onExposure && {
          onExposure: (outcome, context, unitHash) => {
            if (!isPartKey(outcome.flagKey)) onExposure(outcome, context, unitHash);
          },
        }),
      }),
      ports,
      // It has what evaluators of either form have beside the common: `reportOf`, `find`.
    ) as unknown as E & ConfigEvaluator;
  };

/** What is known of one config in the state that runs. */
interface Entry {
  readonly conditions: ConditionNames;
  /** The flags it was translated to. */
  readonly flagKeys: readonly string[];
  /** Undefined when it does not compile. */
  readonly config?: ServedConfig;
}

/** Applications without types ask for keys that are no texts. */
const isConfigFlag = (key: unknown): boolean => typeof key === 'string' && key.startsWith(configFlagKey(''));

/** What only one of the forms has. */
interface Beside {
  reportOf(rule: string): unknown;
  measureNext(key: string, nowMs: () => number, onMeasured: OnMeasured): void;
  find(kind: string, key: string): unknown;
}

class FrontEvaluator implements ConfigEvaluator, Beside {
  readonly #inner: Evaluator & Partial<Beside>;
  readonly #book: ReturnType<typeof createProblemBook>;
  #configs = new Map<string, KeyedDocument>();
  /** Overlays on configs, by their keys. */
  #overlays = new Map<string, ConfigOverlay & { readonly target: string }>();
  #entries = new Map<string, Entry>();
  #overrides: ReadonlyMap<string, JsonValue> | undefined = undefined;

  constructor(inner: Evaluator, { onProblem }: ConfigPorts) {
    this.#inner = inner;
    this.#book = createProblemBook(onProblem);
  }

  get revision(): number {
    return this.#inner.revision;
  }

  load(documents: Iterable<EvaluatedDocument>, revision: number): readonly DocumentProblem[] {
    this.#configs = new Map();
    this.#overlays = new Map();
    const passed = [...documents].filter((document) => !this.#take(document));
    const before = this.#entries;
    this.#entries = new Map();
    const problems: DocumentProblem[] = [];
    const translated = [...this.#configs.keys()].flatMap((key) =>
      this.#translate(key, before.get(key), problems),
    );
    problems.push(...this.#inner.load([...passed, ...translated], revision).map(authored));
    this.#override();
    return problems;
  }

  apply({ upserts, deletes, revision }: DocumentChange): readonly DocumentProblem[] {
    const touched = new Set<string>();
    const gone: DocumentId[] = [];
    const passed: EvaluatedDocument[] = [];
    for (const id of deletes) {
      this.#touch(id, touched);
      if (isId(id)) this.#forget(id);
      gone.push(id);
    }
    for (const document of upserts) {
      this.#touch(document, touched);
      if (isId(document)) this.#forget(document);
      if (this.#take(document)) this.#touch(document, touched);
      else passed.push(document);
    }
    const problems: DocumentProblem[] = [];
    for (const key of this.#withHeirs(touched)) {
      const before = this.#entries.get(key);
      this.#entries.delete(key);
      passed.push(...this.#translate(key, before, problems));
      const kept = new Set(this.#entries.get(key)?.flagKeys);
      for (const flagKey of before?.flagKeys ?? [])
        if (!kept.has(flagKey)) gone.push({ kind: 'flag', key: flagKey });
    }
    problems.push(...this.#inner.apply({ upserts: passed, deletes: gone, revision }).map(authored));
    if (touched.size > 0) this.#override();
    return problems;
  }

  boolean(key: string, defaultValue: boolean): FlagHandle<boolean> {
    return this.#inner.boolean(key, defaultValue);
  }

  string(key: string, defaultValue: string): FlagHandle<string> {
    return this.#inner.string(key, defaultValue);
  }

  number(key: string, defaultValue: number): FlagHandle<number> {
    return this.#inner.number(key, defaultValue);
  }

  /** A config has its values as an object, too: `config:<key>`. */
  object<T extends JsonValue>(key: string, defaultValue: T): FlagHandle<T> {
    const handle = this.#inner.object(key, defaultValue);
    if (!isConfigFlag(key)) return handle;
    const details = (context: EvaluationContext): EvaluationDetails<T> =>
      treeFor<T>(handle.details(context), context, defaultValue);
    return { key, defaultValue, details, get: (context) => details(context).value };
  }

  evaluate(key: string, context: EvaluationContext): EvaluationDetails<JsonValue | undefined> {
    const details = this.#inner.evaluate(key, context);
    return isConfigFlag(key) ? treeFor(details, context, undefined) : details;
  }

  // Functions of their own: clients take them as they are.
  readonly flagKeys = (): readonly string[] => {
    const keys = this.#inner.flagKeys();
    if (this.#entries.size === 0) return keys;
    const own = new Set([...this.#entries.values()].flatMap(({ flagKeys }) => flagKeys));
    return keys.filter((key) => !own.has(key));
  };

  measureNext(...asked: Parameters<Beside['measureNext']>): void {
    this.#inner.measureNext?.(...asked);
  }

  reportOf(rule: string): unknown {
    return this.#inner.reportOf?.(rule);
  }

  readonly find = (kind: string, key: string): unknown => {
    const own =
      kind === 'config' ? this.#configs.get(key) : kind === 'overlay' ? this.#overlays.get(key) : undefined;
    return own === undefined ? this.#inner.find?.(kind, key) : own.document;
  };

  configKeys(): readonly string[] {
    return [...this.#configs.keys()];
  }

  config(key: string, options: ConfigOptions = {}): Config {
    const handle = this.#inner.object(configFlagKey(key), null) as unknown as FlagHandle<JsonObject | null>;
    return new ConfigHandle(key, handle, options, this.#book.note);
  }

  drainCounts(visit: (outcome: Outcome, count: number) => void): void {
    this.#inner.drainCounts((outcome, count) => {
      if (!isPartKey(outcome.flagKey)) visit(outcome, count);
    });
    this.#book.drain(visit);
  }

  setOverrides(overrides: ReadonlyMap<string, JsonValue> | undefined): void {
    this.#overrides = overrides;
    this.#inner.setOverrides(overrides);
    this.#override();
  }

  /** An override of a config patches its values, as they are now. */
  #override(): void {
    const overrides = this.#overrides;
    if (overrides === undefined || ![...overrides.keys()].some((key) => isConfigFlag(key))) return;
    const entries = [...overrides].map(([key, value]): [string, JsonValue] => {
      const { config } = this.#entries.get(key.slice(configFlagKey('').length)) ?? {};
      if (config === undefined || configFlagKey(config.key) !== key) return [key, value];
      const choice = new Choice();
      choice.set('override', new RuleServed(new Served(config, value)));
      return [key, choice as unknown as JsonValue];
    });
    this.#inner.setOverrides(new Map(entries));
  }

  /** Takes what it answers for itself: configs, and overlays on them. */
  #take(document: EvaluatedDocument): boolean {
    if (!isId(document)) return false;
    const { kind, key, revision, document: content } = document;
    if (kind === 'config') {
      this.#configs.set(key, { document: content, revision: Number.isSafeInteger(revision) ? revision : 0 });
      return true;
    }
    const target = kind === 'overlay' && isRecord(content) ? own(content, 'target') : undefined;
    if (!isRecord(target) || own(target, 'kind') !== 'config') return false;
    const overlay = { key, revision, document: content as never, target: String(own(target, 'key')) };
    this.#overlays.set(key, overlay);
    return true;
  }

  #forget({ kind, key }: DocumentId): void {
    if (kind === 'config') this.#configs.delete(key);
    if (kind === 'overlay') this.#overlays.delete(key);
  }

  /** Notes the configs that a document changes, as it is known now. */
  #touch(id: unknown, touched: Set<string>): void {
    if (!isId(id)) return;
    if (id.kind === 'config') touched.add(id.key);
    const target = id.kind === 'overlay' ? this.#overlays.get(id.key)?.target : undefined;
    if (target !== undefined) touched.add(target);
  }

  /** The configs and all that extend them. */
  #withHeirs(keys: ReadonlySet<string>): ReadonlySet<string> {
    const found = new Set(keys);
    if (found.size === 0) return found;
    for (let before = -1; before !== found.size;) {
      before = found.size;
      for (const [key, { document }] of this.#configs)
        if (isRecord(document) && found.has(own(document, 'extends') as string)) found.add(key);
    }
    return found;
  }

  #translate(
    key: string,
    before: Entry | undefined,
    problems: DocumentProblem[],
  ): readonly EvaluatedDocument[] {
    const found = this.#configs.get(key);
    const overlays = [...this.#overlays.values()].filter(({ target }) => target === key);
    if (found === undefined) return overlays.map((overlay) => orphan(overlay, key));
    const effective = effectiveConfig(key, (name) => this.#configs.get(name));
    const flagKey = configFlagKey(key);
    if ('problem' in effective) {
      const { problem, detail } = effective;
      problems.push({ kind: 'config', key, path: '', rule: problem, message: `${problem}: ${detail}` });
      this.#entries.set(key, { conditions: noConditions, flagKeys: [flagKey] });
      return [{ kind: 'flag', key: flagKey, revision: found.revision, document: null }];
    }
    overlays.sort((a, b) => (a.key < b.key ? -1 : 1));
    const translation = translateConfig(effective, overlays, before?.conditions ?? noConditions, this.#inner);
    const flagKeys = translation.documents.flatMap((document) =>
      document.kind === 'flag' ? [document.key] : [],
    );
    this.#entries.set(key, { conditions: translation.conditions, flagKeys, config: translation.config });
    return translation.documents;
  }
}

const isId = (value: unknown): value is DocumentId & EvaluatedDocument =>
  isRecord(value) && typeof value['kind'] === 'string' && typeof value['key'] === 'string';

/** An overlay on a config that is not there; the evaluator says so. */
const orphan = ({ key, revision, document }: ConfigOverlay, target: string): EvaluatedDocument => ({
  kind: 'overlay',
  key,
  revision,
  document: {
    ...document,
    target: { kind: 'flag', key: configFlagKey(target) },
    patch: { serve: { variant: '' } },
  },
});

/** A problem of a flag that stands for a config, told of the config. */
function authored(problem: DocumentProblem): DocumentProblem {
  const { kind, key } = problem;
  if (kind !== 'flag') return problem;
  if (isPartKey(key))
    return { ...problem, kind: 'config', key: key.split('\u0000')[1]!.slice('config:'.length), path: '' };
  return isConfigFlag(key) && problem.rule !== 'unknown_flag'
    ? { ...problem, kind: 'config', key: key.slice(configFlagKey('').length) }
    : problem;
}
