// The validation stage of evolution programs: genes, metrics and operators that are there, and a configuration that holds. Only a
// program's own changes are judged: a person's edit of its configuration wins, and the program stops.
import type { Violation } from '@org/contract';
import type { Config, Evolution } from '@org/contract/model';
import { effectiveConfig } from '@org/evaluator/config';
import { checkProgram } from '@org/evolution';
import { joinPath, type ProposedChange } from '../commit/proposed-change.ts';
import type { DocumentSource } from '../environment/document-set.ts';

/** Every finding. Programs that are over are history: what they name may be gone. */
export function checkEvolutions(
  changes: readonly ProposedChange[],
  after: DocumentSource,
): readonly Violation[] {
  return changes.flatMap(({ kind, key, json, field }) => {
    const held = kind === 'evolution' && json !== undefined ? after.held(kind, key) : undefined;
    const program = held?.document as unknown as Evolution | undefined;
    if (program === undefined || isOver(program)) return [];
    const config = after.held('config', program.config)?.document as unknown as Config | undefined;
    const effective = effectiveConfig(program.config, (name) => after.held('config', name));
    const world = {
      config,
      effective: 'problem' in effective ? undefined : effective,
      hasMetric: (name: string) => after.held('metric', name) !== undefined,
    };
    return checkProgram(program, world).map(({ path, rule, message }) => ({
      field: joinPath(`${field}.document`, path),
      rule,
      message,
    }));
  });
}

const isOver = ({ life }: Evolution): boolean => life?.state === 'stopped' || life?.state === 'completed';
