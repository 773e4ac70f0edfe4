// Rollouts in the page, over a client that the page has made. Must never throw from an evaluation.
import type { EvaluationContext, FlagType, Overlay } from '@org/contract/model';
import type { Client } from '../types.ts';

/** A rollout, looked up once. */
export interface Rollout {
  readonly key: string;
  /**
   * Whether a context, the client's when left out, has the variant that is rolled out. False for rollouts that did not run
   * while this object lived. When the rollout is over the flag itself says whether it was shipped. It is an exposure.
   */
  isIn(context?: EvaluationContext): boolean;
}

/** Looks a rollout of a flag up. */
export function rollout(client: Client, key: string): Rollout {
  let known: { readonly flagKey: string; readonly variant: string | undefined } | undefined;
  return {
    key,
    isIn(context = client.context) {
      const overlay = client.find('overlay', `rollout:${key}`) as Partial<Overlay> | undefined;
      const serve = overlay?.patch?.serve;
      if (overlay?.target?.kind === 'flag' && serve !== undefined) {
        const variant = 'split' in serve ? serve.split.weights[0]?.variant : serve.variant;
        known = { flagKey: overlay.target.key, variant };
      }
      if (known?.variant === undefined) return false;
      const type = typeOf(client.find('flag', known.flagKey));
      // The default value does not matter: the variant is asked for.
      return client[type](known.flagKey, defaults[type] as never).details(context).variant === known.variant;
    },
  };
}

const defaults = { boolean: false, string: '', number: 0, object: {} } as const;

function typeOf(document: unknown): FlagType {
  const { type } = (document ?? {}) as { readonly type?: unknown };
  return type === 'string' || type === 'number' || type === 'object' ? type : 'boolean';
}
