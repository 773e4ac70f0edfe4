// The file that holds an environment: `env export` writes it, `env import`, `codegen`, `manifest` and `refs` read it.
import type { DocumentKind, DocumentRef, Flag, StoredDocument } from '@org/flags-admin';
import { CliError } from './exit-codes.ts';
import { objectOf, readData } from './input/read-data.ts';
import type { Io } from './io.ts';
import { ordered } from './output/describe.ts';
import type { Session } from './session.ts';

/** Documents by plural kind and key. */
export type Definition = { readonly [kind: string]: { readonly [key: string]: unknown } };

/** A document of a definition. */
export interface DefinedDocument extends DocumentRef {
  readonly document: Readonly<Record<string, unknown>>;
}

/** Names of the kinds in the file. Schedules are plans, not state: they are left out unless asked for. */
const plurals = {
  flag: 'flags',
  segment: 'segments',
  config: 'configs',
  overlay: 'overlays',
  metric: 'metrics',
  holdout: 'holdouts',
  experiment: 'experiments',
  rollout: 'rollouts',
  breaker: 'breakers',
  alert: 'alerts',
  schedule: 'schedules',
} as const;
const kindOf = new Map<string, DocumentKind>(
  Object.entries(plurals).map(([kind, plural]) => [plural, kind as DocumentKind]),
);

/** Overlays by which the server applies what runs. */
const ofServer = /^(experiment|rollout|evolution|breaker):/;

/** Whether a file can hold it. */
export const isDefinable = ({ kind, key }: DocumentRef): boolean =>
  kind in plurals && !(kind === 'overlay' && ofServer.test(key));

/** The document without what only the server writes: how far an experiment has come. */
export function authored({ kind, document }: { readonly kind: string; readonly document: object }): object {
  if (kind !== 'experiment' && kind !== 'rollout' && kind !== 'breaker') return document;
  const { life: _, ...rest } = document as { readonly life?: unknown };
  return rest;
}

/** Sorted by kind and key, so that the same environment is the same text. */
export function definitionOf(documents: readonly StoredDocument[]): Definition {
  const sorted = documents.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const kinds = Object.entries(plurals).map(([kind, plural]) => {
    const own = sorted.filter((stored) => stored.kind === kind && isDefinable(stored));
    return [
      plural,
      Object.fromEntries(own.map((stored) => [stored.key, ordered(authored(stored))])),
    ] as const;
  });
  return Object.fromEntries(kinds.filter(([, entries]) => Object.keys(entries).length > 0));
}

/** @throws CliError when the file is no definition */
export async function readDefinition(file: string, io: Io): Promise<readonly DefinedDocument[]> {
  const definition = objectOf(await readData(file, io), file);
  return Object.entries(definition).flatMap(([plural, entries]) => {
    const kind = kindOf.get(plural);
    if (kind === undefined)
      throw new CliError(`${file}: there are no "${plural}" (${Object.values(plurals).join(', ')})`);
    return Object.entries(objectOf(entries, `${file}: ${plural}`)).map(([key, document]) => ({
      kind,
      key,
      document: objectOf(document, `${file}: ${plural}.${key}`),
    }));
  });
}

/** A flag and its key, of which only the shape that the tools look at is sure. */
export interface NamedFlag {
  readonly key: string;
  readonly flag: Flag;
}

/** The flags of a file, or of the environment, sorted by key. @throws CliError */
export async function readFlags(session: Session, file: string | undefined): Promise<readonly NamedFlag[]> {
  const documents =
    file === undefined
      ? await session.environment().list('flag', { pageSize: 1_000 }).all()
      : (await readDefinition(file, session.io)).filter(({ kind }) => kind === 'flag');
  return documents
    .map(({ key, document }) => ({ key, flag: checkFlag(key, document as unknown as Flag) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

const types: ReadonlySet<unknown> = new Set(['boolean', 'string', 'number', 'object', 'kill_switch']);

/** A file was not checked by a server: what code is made of must be sure. */
function checkFlag(key: string, flag: Flag): Flag {
  if (!types.has(flag.type)) throw new CliError(`flag "${key}": type must be ${[...types].join(', ')}`);
  const variants = objectOf(flag.variants, `flag "${key}": variants`);
  for (const [name, value] of Object.entries(variants))
    if (!isOfType(flag.type, value))
      throw new CliError(`flag "${key}": the value of the variant "${name}" is not of type ${flag.type}`);
  const { offVariant } = flag;
  if (offVariant !== undefined && !Object.hasOwn(variants, offVariant))
    throw new CliError(`flag "${key}": offVariant: there is no variant "${offVariant}"`);
  return flag;
}

function isOfType(type: Flag['type'], value: unknown): boolean {
  if (type === 'object') return typeof value === 'object' && value !== null;
  return typeof value === (type === 'kill_switch' ? 'boolean' : type);
}

/** Whether two documents say the same, in whatever order their members stand. */
export const sameDocument = (a: object, b: object): boolean => canonical(a) === canonical(b);

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
