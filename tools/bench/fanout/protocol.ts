// What bench:fanout and its worker processes say to each other. Types only.

/** One change seen by one client. */
export interface Arrival {
  /** What distinguishes the change: a revision, or the number in a bare message. */
  readonly mark: number;
  /** Monotonic nanoseconds of this host, as text: the clock is the same in all processes. */
  readonly atNs: string;
}

/** What a worker shall open. */
export type WorkerOptions =
  | {
      readonly kind: 'sdk';
      readonly clients: number;
      readonly url: string;
      readonly key: string;
      readonly transport: 'nats' | 'grpc';
    }
  | {
      readonly kind: 'raw';
      readonly clients: number;
      readonly server: string;
      readonly subject: string;
      readonly jwt: string;
      readonly seed: string;
    };

/** To a worker. */
export type WorkerRequest =
  | { readonly type: 'open'; readonly options: WorkerOptions }
  | { readonly type: 'seen'; readonly mark: number }
  | { readonly type: 'arrivals' }
  | { readonly type: 'hashes' }
  | { readonly type: 'cpu' }
  | { readonly type: 'close' };

/** From a worker. */
export type WorkerAnswer =
  | { readonly type: 'opened' | 'closed' }
  | { readonly type: 'seen'; readonly clients: number }
  | { readonly type: 'arrivals'; readonly arrivals: readonly Arrival[] }
  | { readonly type: 'hashes'; readonly hashes: readonly string[] }
  | { readonly type: 'cpu'; readonly us: number };

/** All clients of one measurement. */
export interface Fanout {
  /** Waits until every client has seen the change. */
  untilSeen(mark: number): Promise<void>;
  arrivals(): Promise<readonly Arrival[]>;
  hashes(): Promise<readonly string[]>;
  /** CPU time of all client processes so far, in microseconds. */
  cpuUs(): Promise<number>;
  close(): Promise<void>;
}
