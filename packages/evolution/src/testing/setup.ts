// A space and its pipeline, as tests and benchmarks need them.
import type { Config, EvaluationContext } from '@org/contract/model';
import { createCandidateCheck, effectiveConfig, type EffectiveConfig } from '@org/evaluator/config';
import type { Pipeline } from '../engine/validate.ts';
import { readSpace } from '../space/read-space.ts';

export { exitStrategy } from './exit-strategy.ts';

/** The config with what it inherits: nothing. */
export function effectiveOf(config: Config): EffectiveConfig {
  const effective = effectiveConfig('tested', () => ({ document: config, revision: 1 }));
  if ('problem' in effective) throw new Error(effective.detail);
  return effective;
}

/** The pipeline of a config, its genome live. */
export function pipelineOf(config: Config, contexts: readonly EvaluationContext[] = []): Pipeline {
  const effective = effectiveOf(config);
  const { space, problems } = readSpace(config, effective, undefined);
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join(' '));
  return { space, live: space.start, checkConfig: createCandidateCheck(effective, contexts) };
}
