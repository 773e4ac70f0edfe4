// The edits of `flag set` that need no file: options become changes of a flag's document. Checks little: the server does.
import type { Flag, JsonValue } from '@org/flags-admin';
import type { Command } from 'commander';
import { CliError } from '../exit-codes.ts';
import { collect, pair, valueOf } from '../input/read-options.ts';

type Pairs = readonly (readonly [string, string])[];

/** What the options of `flag set` may say. */
export interface FlagEdits {
  readonly type?: string;
  readonly value?: string;
  readonly variant?: Pairs;
  readonly removeVariant?: readonly string[];
  readonly default?: string;
  readonly offVariant?: string;
  readonly enabled?: boolean;
  readonly disabled?: boolean;
  readonly clientVisible?: boolean;
  readonly permanent?: boolean;
  readonly description?: string;
  readonly owner?: string;
  readonly tag?: readonly string[];
  readonly target?: Pairs;
  readonly untarget?: readonly string[];
}

const types = ['boolean', 'string', 'number', 'object', 'kill_switch'] as const;

export const withFlagEdits = (command: Command): Command =>
  command
    .option('--type <type>', `of a new flag: ${types.join(', ')}`)
    .option('--value <value>', 'the value everybody gets; of a new flag also its type')
    .option('--variant <name=value>', 'add or change a variant (repeatable)', pair)
    .option('--remove-variant <name>', 'remove a variant (repeatable)', collect)
    .option('--default <variant>', 'what is served when no rule applies; a=25,b=75 splits')
    .option('--off-variant <variant>', 'what is served while it is off')
    .option('--enabled', 'switch it on')
    .option('--disabled', 'switch it off')
    .option('--client-visible', 'browsers get it')
    .option('--no-client-visible', 'browsers do not get it')
    .option('--permanent', 'it stays in the code on purpose, and is never called stale')
    .option('--no-permanent', 'it may become stale')
    .option('--description <text>', 'what it is for')
    .option('--owner <text>', 'who answers for it')
    .option('--tag <text>', 'its tags, replacing those it has (repeatable)', collect)
    .option('--target <variant=key>', 'give a unit a variant (repeatable)', pair)
    .option('--untarget <key>', 'take a unit out of the targets (repeatable)', collect);

/** The names of the options that change something. */
export const editNames = [
  ...['type', 'value', 'variant', 'removeVariant', 'default', 'offVariant', 'enabled', 'disabled'],
  ...['clientVisible', 'permanent', 'description', 'owner', 'tag', 'target', 'untarget'],
] as const satisfies readonly (keyof FlagEdits)[];

/** A flag made of options alone. @throws CliError when they do not say its type */
export function newFlag(edits: FlagEdits): Flag {
  const value = edits.value === undefined ? undefined : (valueOf(edits.value) as JsonValue);
  const type = edits.type ?? (value === undefined ? undefined : typeOf(value));
  if (type === undefined)
    throw new CliError('there is no such flag yet: give --type (or --value, or --file) to make it');
  if (!(types as readonly string[]).includes(type))
    throw new CliError(`--type: one of ${types.join(', ')} is expected`);
  const isSwitch = type === 'boolean' || type === 'kill_switch';
  return applyEdits(
    {
      type: type as Flag['type'],
      enabled: true,
      variants: isSwitch ? { on: true, off: false } : {},
      ...(isSwitch ? { offVariant: 'off', default: { variant: type === 'boolean' ? 'off' : 'on' } } : {}),
    },
    edits,
  );
}

/** The flag with the changes that the options ask for. @throws CliError */
export function applyEdits(flag: Flag, edits: FlagEdits): Flag {
  const { description, owner, tag, clientVisible, permanent, offVariant, enabled, disabled } = edits;
  if (edits.type !== undefined && edits.type !== flag.type)
    throw new CliError(`the flag is of type ${flag.type}, which cannot be changed`);
  if (enabled && disabled) throw new CliError('--enabled and --disabled exclude each other');
  const variants = new Map(Object.entries(flag.variants));
  for (const [name, text] of edits.variant ?? []) variants.set(name, variantValue(flag.type, text));
  for (const name of edits.removeVariant ?? []) variants.delete(name);
  const everybody = edits.value === undefined ? undefined : variantFor(variants, edits.value);
  const served = edits.default ?? everybody;
  const targets = targetsOf(flag, edits);
  return {
    ...flag,
    ...(description === undefined ? {} : { description }),
    ...(owner === undefined ? {} : { owner }),
    ...(tag === undefined ? {} : { tags: tag }),
    ...(clientVisible === undefined ? {} : { clientVisible }),
    ...(permanent === undefined ? {} : { permanent }),
    ...(enabled || disabled ? { enabled: enabled ?? false } : {}),
    variants: Object.fromEntries(variants),
    ...(offVariant === undefined ? {} : { offVariant }),
    ...(served === undefined ? {} : { default: serveOf(served) }),
    ...(targets === undefined ? {} : { targets }),
  };
}

/** Of a text flag `--variant a=1` is the text "1". */
const variantValue = (type: Flag['type'], text: string): JsonValue =>
  type === 'string' ? text : (valueOf(text) as JsonValue);

/** The variant that has the value, made where there is none. */
function variantFor(variants: Map<string, JsonValue>, text: string): string {
  const value = valueOf(text) as JsonValue;
  const same = JSON.stringify(value);
  const found = [...variants].find(([, other]) => JSON.stringify(other) === same || other === text);
  if (found) return found[0];
  let name = 'value';
  for (let count = 2; variants.has(name); count += 1) name = `value-${count}`;
  variants.set(name, value);
  return name;
}

/** `on`, or `on=25,off=75`. */
function serveOf(text: string): Flag['default'] & object {
  if (!text.includes('=')) return { variant: text };
  const weights = text.split(',').map((part) => {
    const [variant = '', weight = ''] = part.split('=').map((word) => word.trim());
    if (variant === '' || !/^\d+$/.test(weight))
      throw new CliError(`--default ${text}: a variant, or variant=weight,... with whole weights`);
    return { variant, weight: Number(weight) };
  });
  return { split: { weights } };
}

function targetsOf(flag: Flag, { target = [], untarget = [] }: FlagEdits): Flag['targets'] {
  if (target.length + untarget.length === 0) return undefined;
  const moved = new Set([...untarget, ...target.map(([, key]) => key)]);
  const targets = (flag.targets ?? []).map((each) =>
    each.kind === undefined ? { ...each, keys: each.keys.filter((key) => !moved.has(key)) } : each,
  );
  for (const [variant, key] of target) {
    const at = targets.findIndex((each) => each.variant === variant && each.kind === undefined);
    const found = targets[at];
    if (found) targets[at] = { ...found, keys: [...found.keys, key] };
    else targets.push({ variant, keys: [key] });
  }
  return targets.filter(({ keys }) => keys.length > 0);
}

const typeOf = (value: JsonValue): Flag['type'] => {
  const type = typeof value;
  return type === 'boolean' || type === 'string' || type === 'number' ? type : 'object';
};
