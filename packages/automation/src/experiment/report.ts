// What an experiment needs to know of the contexts of its units: the attributes by which results are broken down, and those
// by which units are left out. Nothing else of a context leaves an application. Pure.
import type { Experiment, Expression } from '@org/contract/model';

/** Attributes that go with the experiment's exposures, each once, in the order of their names. */
export function reportedAttributes({ segments = [], exclude }: Experiment): readonly string[] {
  const names = new Set(segments);
  if (exclude !== undefined) {
    for (const { attribute } of plainTestsOf(exclude).tests)
      if (typeof attribute === 'string') names.add(attribute);
  }
  return [...names].sort();
}

/** Where `exclude` asks for what exposures cannot carry: segments, logic, other kinds, nested attributes. */
export const unreportable = (exclude: Expression): readonly string[] => plainTestsOf(exclude).others;

type Test = Extract<Expression, { readonly attribute: unknown }>;

/** The tests of top-level attributes, and the paths of everything else. */
function plainTestsOf(expression: Expression): {
  readonly tests: readonly Test[];
  readonly others: readonly string[];
} {
  const tests: Test[] = [];
  const others: string[] = [];
  const visit = (node: Expression, path: string): void => {
    if ('of' in node) {
      if (Array.isArray(node.of)) node.of.forEach((part: Expression, at) => visit(part, `${path}.of[${at}]`));
      else visit(node.of as Expression, `${path}.of`);
    } else if ('attribute' in node && typeof node.attribute === 'string' && node.kind === undefined)
      tests.push(node);
    else others.push(path);
  };
  visit(expression, 'exclude');
  return { tests, others };
}
