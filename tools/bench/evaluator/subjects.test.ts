import { describe, expect, it } from 'vitest';
import { benchFlag, benchId, benchUser, mixedFlags, singleCases } from './cases.ts';
import { exposedLoop } from './exposed-case.ts';
import { millionLoop } from './million-case.ts';
import { loadSubject, subjectNames } from './subjects.ts';
import { verify } from './verify.ts';

describe.each(subjectNames.filter((name) => name !== 'murmur3'))('%s', (name) => {
  it('answers every case as the others do', async () => {
    const flags = singleCases.map((kind) => benchFlag(kind));
    const subject = await (await loadSubject(name))(flags);
    for (const flag of flags) await verify(subject, flag);
    await subject.close?.();
  });

  it('answers for users of every shape', async () => {
    const flag = benchFlag('ten-rules', 3);
    const subject = await (await loadSubject(name))([flag]);
    for (let shape = 0; shape < 8; shape++) {
      const context = subject.context(benchUser(benchId(shape), shape));
      subject.setId(context, benchId(99));
      expect(await subject.call(subject.target(flag), context)).toBe(true);
    }
    await subject.close?.();
  });
});

it('the mixed case has forty flags of each kind', () => {
  const kinds = mixedFlags().map(({ kind }) => kind);
  for (const kind of singleCases) expect(kinds.filter((other) => other === kind)).toHaveLength(40);
});

it('the exposed case exposes every unit once', () => {
  const { loop, exposures } = exposedLoop();
  void loop.run(1_000);
  const once = exposures();
  void loop.run(10_000);
  expect(exposures()).toBe(once);
});

it('half of the units are members of the list', () => {
  expect(millionLoop(20_000).found).toBe(5_000);
});
