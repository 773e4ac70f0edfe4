// The few functions of jstat that we use; the package ships no types. What they may be used for stands in jstat.ts.
declare module 'jstat' {
  interface InvertibleDistribution {
    inv(p: number, ...parameters: number[]): number;
  }
  const jStat: {
    readonly beta: InvertibleDistribution;
    readonly chisquare: InvertibleDistribution;
    rank(values: readonly number[]): number[];
    median(values: readonly number[]): number;
  };
  export = jStat;
}
