// Conditions of metrics and experiments over attributes of events: our one expression tree, by the evaluator itself.
import type { EvaluationContext, Expression } from '@org/contract/model';
import { createEvaluator } from '@org/evaluator';

/** Whether the attributes of an event (JSON text, or null for none) fulfil the condition. Unreadable ones do not. */
export type AttributeFilter = (attributes: string | null) => boolean;

const key = 'condition';

/** Compiles a condition; a flag that serves "true" where it holds is what evaluates it. */
export function createFilter(when: Expression): AttributeFilter {
  const evaluator = createEvaluator();
  const document = {
    type: 'boolean',
    enabled: true,
    variants: { yes: true, no: false },
    default: { variant: 'no' },
    rules: [{ id: 'condition', when, serve: { variant: 'yes' } }],
  };
  evaluator.load([{ kind: 'flag', key, revision: 1, document }], 1);
  const flag = evaluator.boolean(key, false);
  return (attributes) => flag.get(contextOf(attributes));
}

/** Of a kind by itself, so that attributes may have any name, `kind` too. */
function contextOf(attributes: string | null): EvaluationContext {
  const parsed: unknown = attributes === null ? {} : JSON.parse(attributes);
  const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  return { kind: 'multi', user: { targetingKey: '', ...(isObject ? parsed : {}) } };
}
