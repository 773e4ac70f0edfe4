// @openfeature/flagd-core: the in-process evaluator of flagd's providers.
import { FlagdCore } from '@openfeature/flagd-core';
import type { BenchFlag, BenchRule, BenchUser } from './cases.ts';
import type { Subject } from './subject.ts';

type Context = { -readonly [name in keyof BenchUser]: BenchUser[name] };

export function createSubject(flags: readonly BenchFlag[]): Subject {
  const core = new FlagdCore();
  core.setConfigurations(
    JSON.stringify({ flags: Object.fromEntries(flags.map((flag) => [flag.key, definitionOf(flag)])) }),
  );
  const subject: Subject<BenchFlag, Context> = {
    target: (flag) => flag,
    context: (user) => ({ ...user }),
    setId: (context, id) => void (context.targetingKey = id),
    call: ({ key, kind }, context) =>
      kind === 'experiment'
        ? core.resolveStringEvaluation(key, 'none', context).value
        : core.resolveBooleanEvaluation(key, false, context).value,
  };
  return subject as Subject;
}

function definitionOf({ kind, rules, weights }: BenchFlag): object {
  const isExperiment = kind === 'experiment';
  const names = isExperiment ? ['a', 'b', 'c'] : ['on', 'off'];
  const served =
    weights.length > 0 ? { fractional: weights.map((weight, index) => [names[index], weight]) } : 'on';
  const branches = rules.flatMap((rule) => [condition(rule), served]);
  const targeting = rules.length > 0 ? { if: [...branches, isExperiment ? 'none' : 'off'] } : served;
  return {
    state: 'ENABLED',
    variants: isExperiment ? { a: 'a', b: 'b', c: 'c', none: 'none' } : { on: true, off: false },
    defaultVariant: isExperiment ? 'none' : kind === 'static' ? 'on' : 'off',
    ...(kind === 'static' ? {} : { targeting }),
  };
}

function condition({ countries, tier }: BenchRule): object {
  return { and: [{ in: [{ var: 'country' }, countries] }, { '==': [{ var: 'tier' }, tier] }] };
}
