// The subjects by name. Each is imported only in the process that measures it.
import type { CreateSubject } from './subject.ts';

export const subjectNames = [
  'flags-node',
  'murmur3',
  '@growthbook/growthbook',
  'unleash-client',
  '@launchdarkly/node-server-sdk',
  '@openfeature/flagd-core',
] as const;
export type SubjectName = (typeof subjectNames)[number];

/** Loads a subject's module. */
export async function loadSubject(name: SubjectName): Promise<CreateSubject> {
  switch (name) {
    case 'flags-node':
      return (await import('./subject-flags-node.ts')).createSubject;
    case 'murmur3':
      return (await import('./subject-murmur3.ts')).createSubject;
    case '@growthbook/growthbook':
      return (await import('./subject-growthbook.ts')).createSubject;
    case 'unleash-client':
      return (await import('./subject-unleash.ts')).createSubject;
    case '@launchdarkly/node-server-sdk':
      return (await import('./subject-launchdarkly.ts')).createSubject;
    case '@openfeature/flagd-core':
      return (await import('./subject-flagd.ts')).createSubject;
  }
}
