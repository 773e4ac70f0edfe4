// An OpenFeature context as ours. They differ in dates alone: OpenFeature has objects for them, JSON has texts.
import type { EvaluationContext } from '@org/contract/model';

const depthMax = 20;

/** The same object where it holds no date. Cyclic and hostile contexts pass as they are: evaluation copes with them. */
export function contextOf(context: object): EvaluationContext {
  try {
    return (holdsDate(context, 0) ? copy(context, 0) : context) as EvaluationContext;
  } catch {
    return context as EvaluationContext;
  }
}

function holdsDate(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth > depthMax) return false;
  if (value instanceof Date) return true;
  for (const name in value) if (holdsDate((value as Record<string, unknown>)[name], depth + 1)) return true;
  return false;
}

function copy(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > depthMax) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1));
  // Of entries, so that an attribute named __proto__ is an attribute.
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copy(item, depth + 1)]));
}
