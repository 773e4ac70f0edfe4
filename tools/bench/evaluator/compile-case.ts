// A snapshot of 50,000 flags: parsing and compiling it, and the memory it then takes.
import { createEvaluator } from '@org/evaluator';
import { benchFlag, singleCases } from './cases.ts';
import { flagDocument } from './documents.ts';
import { median, type Measurement } from './measure.ts';

const flagsCount = 50_000;
const rounds = 5;

/**
 * nsPerOp and bytesPerOp are those of the whole snapshot; ms and heapMb say the same for people. cpuMs is the CPU time of the
 * thread, collections included: closer to what it takes on a machine with nothing else to do.
 */
export function measureCompile(): Measurement & Record<'ms' | 'cpuMs' | 'heapMb', number> {
  const texts = Array.from({ length: flagsCount }, (_, index) => {
    const document = flagDocument(benchFlag(singleCases[index % singleCases.length]!, index));
    return { kind: 'flag', key: `flag-${index}`, revision: index + 1, json: JSON.stringify(document) };
  });
  const found = Array.from({ length: rounds }, () => compileOnce(texts));
  const nsPerOp = median(found.map(({ ns }) => ns));
  const bytesPerOp = median(found.map(({ bytes }) => bytes));
  const cpuMs = Math.round(median(found.map(({ cpuUs }) => cpuUs)) / 1e3);
  return {
    ...{ nsPerOp, bytesPerOp },
    ...{ ms: Math.round(nsPerOp / 1e6), cpuMs, heapMb: Math.round(bytesPerOp / 2 ** 20) },
  };
}

interface DocumentText {
  readonly kind: string;
  readonly key: string;
  readonly revision: number;
  readonly json: string;
}

/** A function of its own, so that nothing of one round is still held when the next one starts. */
function compileOnce(texts: readonly DocumentText[]): Record<'ns' | 'cpuUs' | 'bytes', number> {
  globalThis.gc!();
  const before = process.memoryUsage().heapUsed;
  const start = performance.now();
  const cpuStart = process.threadCpuUsage();
  const evaluator = createEvaluator();
  const documents = texts.map(({ json, ...rest }) => ({ ...rest, document: JSON.parse(json) as unknown }));
  const problems = evaluator.load(documents, flagsCount);
  const ns = (performance.now() - start) * 1e6;
  const cpu = process.threadCpuUsage(cpuStart);
  globalThis.gc!();
  const bytes = process.memoryUsage().heapUsed - before;
  // Asked after the measurement, which also keeps the evaluator alive until then.
  if (problems.length > 0 || evaluator.flagKeys().length !== flagsCount)
    throw new Error('Not all flags compiled.');
  return { ns, cpuUs: cpu.user + cpu.system, bytes };
}
