// Reads the genes of a config from what its schema declares, and says what keeps a program from using them. Pure.
import type { Config, ConfigRule, JsonObject, JsonValue } from '@org/contract/model';
import type { EffectiveConfig } from '@org/evaluator/config';
import { geneOf, type Declared } from './read-gene.ts';
import {
  rulesGeneId,
  type CoupledGroup,
  type Gene,
  type Genome,
  type RulesGene,
  type Space,
} from './gene.ts';

/** Why a program cannot run as it is written. */
export interface SpaceProblem {
  /** Below the program document. */
  readonly path: string;
  readonly rule: string;
  readonly message: string;
}

export interface SpaceResult {
  readonly space: Space;
  readonly problems: readonly SpaceProblem[];
}

/** What of a config a program may change. `genes`: paths; left out, everything that declares how it may evolve. */
export function readSpace(
  config: Config,
  effective: EffectiveConfig,
  genes: readonly string[] | undefined,
  /** Values to start from where they are not those of the config. */
  started: Genome = {},
): SpaceResult {
  const problems: SpaceProblem[] = [];
  const coupled = config.coupled ?? [];
  const isCoupled = (path: string): boolean => coupled.some(({ parameters }) => parameters.includes(path));
  const found: Gene[] = [];
  const tree = { values: fullValues(effective), rules: effective.rules as unknown as readonly ConfigRule[] };
  for (const { path, type, spec, members } of effective.flat.values()) {
    if (members !== undefined || (genes !== undefined && !genes.includes(path))) continue;
    const declared: Declared = { path, type, spec, isCoupled: isCoupled(path) };
    const start = started[path] ?? (at(tree.values, path) as JsonValue);
    const gene = geneOf(declared, start);
    if (typeof gene === 'object') found.push(gene);
    else if (gene !== 'none') problems.push({ path: placeOf(genes, path), ...sentences[gene](path) });
  }
  const rules = rulesGene(config, tree.rules);
  if (rules !== undefined && (genes === undefined || genes.includes(rulesGeneId))) found.push(rules);
  problems.push(...unknownGenes(genes, found, effective));
  const byId = new Map(found.map((gene) => [gene.id, gene]));
  const groups = groupsOf(config, byId, genes, problems);
  if (found.length === 0 && problems.length === 0)
    problems.push({
      path: 'genes',
      rule: 'empty_space',
      message: 'Nothing of this configuration may evolve: no parameter declares how.',
    });
  const start = Object.fromEntries(found.map(({ id, start }) => [id, start]));
  return { space: { configKey: effective.key, genes: found, byId, groups, start, tree }, problems };
}

const sentences = {
  unbounded: (path: string) => ({
    rule: 'bounds',
    message: `"${path}" has no bounds: give it a "min" and a "max", or a multiplier with hard bounds.`,
  }),
  single: (path: string) => ({
    rule: 'empty_space',
    message: `"${path}" has only one value it may have.`,
  }),
  outside: (path: string) => ({
    rule: 'start_outside',
    message: `The value of "${path}" lies outside of what it may evolve to.`,
  }),
} as const;

function unknownGenes(
  genes: readonly string[] | undefined,
  found: readonly Gene[],
  { flat }: EffectiveConfig,
): readonly SpaceProblem[] {
  const known = new Set(found.map(({ id }) => id));
  return (genes ?? []).flatMap((name, index) => {
    if (known.has(name)) return [];
    const path = `genes[${index}]`;
    if (name === rulesGeneId)
      return [{ path, rule: 'evolve', message: 'The configuration does not let its rules evolve.' }];
    const parameter = flat.get(name);
    if (parameter === undefined)
      return [{ path, rule: 'unknown_gene', message: `There is no parameter "${name}".` }];
    return parameter.spec['evolve'] === undefined
      ? [{ path, rule: 'evolve', message: `The schema does not let "${name}" evolve.` }]
      : [];
  });
}

const placeOf = (genes: readonly string[] | undefined, path: string): string => {
  const index = genes?.indexOf(path) ?? -1;
  return index < 0 ? 'genes' : `genes[${index}]`;
};

function rulesGene({ evolve }: Config, rules: readonly ConfigRule[]): RulesGene | undefined {
  const declared = evolve?.rules;
  if (declared === undefined || rules.length === 0) return undefined;
  return {
    ...{ kind: 'rules', id: rulesGeneId, pointer: '/rules', isCoupled: false },
    start: rules as unknown as JsonValue,
    evolve: declared,
    library: rules,
  };
}

function groupsOf(
  { coupled = [] }: Config,
  byId: ReadonlyMap<string, Gene>,
  genes: readonly string[] | undefined,
  problems: SpaceProblem[],
): readonly CoupledGroup[] {
  return coupled.flatMap(({ name, parameters, relation }) => {
    const members = parameters.flatMap((path) => byId.get(path) ?? []);
    if (members.length === parameters.length) return [{ name, relation, genes: members }];
    if (members.length > 0)
      problems.push({
        path: placeOf(genes, members[0]!.id),
        rule: 'coupled',
        message: `The group "${name}" moves together: all of ${parameters.join(', ')} must be genes.`,
      });
    return [];
  });
}

/** Every parameter's value, defaults included, nested as the schema is. */
function fullValues({ parameters, values }: EffectiveConfig): JsonObject {
  const read = (members: EffectiveConfig['parameters'], below: unknown): JsonObject =>
    Object.fromEntries(
      [...members.values()].flatMap(({ name, members: nested, spec }) => {
        const held = isObject(below) ? below[name] : undefined;
        if (nested !== undefined) return [[name, read(nested, held)]];
        const value = held ?? spec['default'];
        return value === undefined ? [] : [[name, value as JsonValue]];
      }),
    );
  return read(parameters, values);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function at(values: unknown, path: string): unknown {
  let value = values;
  for (const name of path.split('.')) value = isObject(value) ? value[name] : undefined;
  return value;
}
