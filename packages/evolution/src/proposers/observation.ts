// What was measured of genomes, as proposers see it.
import type { Genome } from '../space/gene.ts';

/** A genome with its measured effect. */
export interface Observation {
  readonly genome: Genome;
  /** Log ratio of the objective against the program's start; more is better. */
  readonly effect: number;
  /** Of the measurement, from the counts. */
  readonly variance: number;
}
