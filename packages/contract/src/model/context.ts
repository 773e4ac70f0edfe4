// The evaluation context, as OpenFeature names it, extended by kinds. Holds no logic.

/** A context of the kind `user`: `targetingKey` identifies the unit, everything else is an attribute. */
export interface FlatContext {
  readonly targetingKey?: string | number;
  readonly kind?: undefined;
  readonly [attribute: string]: unknown;
}

/** A context of one other kind, e.g. `{kind: 'organisation', targetingKey: 'o-9'}`. */
export interface KindContext {
  readonly kind: string;
  readonly targetingKey?: string | number;
  readonly [attribute: string]: unknown;
}

/** Several kinds at once: `{kind: 'multi', user: {targetingKey: 'u-1'}, device: {targetingKey: 'd-7'}}`. */
export interface MultiContext {
  readonly kind: 'multi';
  readonly [kind: string]: unknown;
}

/** What a flag is evaluated for. Never retained or modified by an evaluation. */
export type EvaluationContext = FlatContext | KindContext | MultiContext;

/** The kind of a context that names none. */
export const defaultContextKind = 'user';
