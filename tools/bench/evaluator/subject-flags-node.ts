// @org/flags-node in memory: the public client's handles, evaluation counts on.
import { createMemoryClient, type FlagHandle } from '@org/flags-node';
import type { BenchFlag, BenchUser } from './cases.ts';
import { flagDocument } from './documents.ts';
import type { Subject } from './subject.ts';

type Handle = FlagHandle<boolean> | FlagHandle<string>;
type Context = { -readonly [name in keyof BenchUser]: BenchUser[name] };

export function createSubject(flags: readonly BenchFlag[]): Subject {
  const client = createMemoryClient({
    flags: Object.fromEntries(flags.map((flag) => [flag.key, flagDocument(flag)])),
  });
  const subject: Subject<Handle, Context> = {
    target: ({ key, kind }) =>
      kind === 'experiment' ? client.string(key, 'none') : client.boolean(key, false),
    context: (user) => ({ ...user }),
    setId: (context, id) => void (context.targetingKey = id),
    call: (handle, context) => handle.get(context),
    close: () => client.close(),
  };
  return subject as Subject;
}
