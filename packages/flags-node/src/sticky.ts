// Assignments that stay: which variants the units of a context were given by sticky splits, loaded before evaluation and
// remembered beside the context. Evaluation never waits: a context without loaded assignments is split by its hash.
import { unitsOf } from '@org/events';
import type { EvaluationContext } from '@org/contract/model';
import type { StickyPort } from '@org/evaluator';
import { FlagsError } from './errors.ts';
import type { FlagsClient } from './types.ts';

/** Variants by slot and unit: texts that the SDK makes, and that mean nothing to anybody else. */
export type Assignments = Readonly<Record<string, string>>;

/** A database of assignments, the application's own. */
export interface StickyStore {
  /** What was saved for these units: targeting keys by context kind. */
  load(units: Readonly<Record<string, string>>): Promise<Assignments | undefined>;
  save(units: Readonly<Record<string, string>>, slot: string, variant: string): Promise<void>;
}

export interface Sticky {
  readonly port: StickyPort;
  /** Gives a context the assignments it had; answers the same context. */
  attach<Context extends EvaluationContext>(context: Context, assignments: Assignments): Context;
  /** The same with those of the store. Resolves in any case. */
  load<Context extends EvaluationContext>(context: Context): Promise<Context>;
  /** Everything a context was given: what it was attached with, and what was added since. */
  assignmentsOf(context: EvaluationContext): Assignments;
}

/** Remembers in memory as long as the context lives, and in the store where there is one. */
export const createSticky = (
  store: StickyStore | undefined,
  onError: (error: FlagsError) => void,
): Sticky => {
  const attached = new WeakMap<object, Map<string, string>>();
  const complain = (cause: unknown): void =>
    onError(new FlagsError('STICKY_STORE_FAILED', 'assignments were not loaded or saved', { cause }));

  const save = async (context: unknown, slot: string, variant: string): Promise<void> => {
    try {
      const units = unitsOf(context);
      // Contexts without targeting keys are different people, of whom a store would make one.
      if (hasUnits(units)) await store?.save(units, slot, variant);
    } catch (error) {
      complain(error);
    }
  };
  const attach: Sticky['attach'] = (context, assignments) => {
    attached.set(context, new Map(Object.entries(assignments)));
    return context;
  };
  return {
    attach,
    port: {
      get: (slot, context, unitHash) => attached.get(context as object)?.get(placeOf(slot, unitHash)),
      set(slot, context, unitHash, variant) {
        const known = attached.get(context as object);
        if (known === undefined) return;
        const place = placeOf(slot, unitHash);
        known.set(place, variant);
        if (store !== undefined) void save(context, place, variant);
      },
    },
    async load(context) {
      try {
        const units = unitsOf(context);
        return attach(context, (hasUnits(units) ? await store?.load(units) : undefined) ?? {});
      } catch (error) {
        complain(error);
        // Not attached: what is not known must not be written over.
        return context;
      }
    },
    assignmentsOf: (context) => Object.fromEntries(attached.get(context) ?? []),
  };
};

const hasUnits = (units: object): boolean => Object.keys(units).length > 0;

/** A split may be by an attribute, which is another unit for the same targeting keys now and then. */
const placeOf = (slot: string, unitHash: number): string => `${slot}/${(unitHash >>> 0).toString(36)}`;

/** The part of a client that deals with assignments. Takes what applications without types give. */
export const assignmentMethods = ({
  load,
  attach,
  assignmentsOf,
}: Sticky): Pick<FlagsClient, 'loadAssignments' | 'withAssignments' | 'assignmentsOf'> => ({
  loadAssignments: load,
  withAssignments: attach,
  assignmentsOf,
});
