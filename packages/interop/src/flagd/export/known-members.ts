// The members that the export understands. A document may hold more in later versions, and what decides must not be lost.
import { refuse, type ExportScope } from './scope.ts';

const known = {
  flag: [
    ...[
      'type',
      'enabled',
      'killed',
      'variants',
      'offVariant',
      'default',
      'targets',
      'rules',
      'prerequisites',
    ],
    // These decide nothing.
    ...[
      'schema',
      'clientVisible',
      'remoteEvaluation',
      'description',
      'owner',
      'tags',
      'permanent',
      'metadata',
    ],
  ],
  segment: ['when', 'included', 'excluded', 'kind', 'description', 'clientVisible', 'owner', 'tags'],
  test: ['op', 'attribute', 'kind', 'value', 'values', 'salt', 'sensitive'],
  split: ['weights', 'by', 'kind', 'salt', 'algorithm'],
  overlay: [
    ...['target', 'patch', 'eligibility', 'layer', 'salt', 'by', 'kind', 'ranges', 'mode', 'description'],
  ],
} as const satisfies Record<string, readonly string[]>;

/** True when the object has members that are known only; says so otherwise. */
export function hasKnownMembers(kind: keyof typeof known, object: object, scope: ExportScope): boolean {
  const names: readonly string[] = known[kind];
  const unknown = Object.entries(object).find(
    ([name, value]) => !names.includes(name) && value !== undefined && value !== false && !isEmpty(value),
  );
  if (unknown !== undefined) refuse(scope, `it has a ${kind} with "${unknown[0]}", which flagd has not`);
  return unknown === undefined;
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
