// Global set-up of tests that run nats-servers of their own: tells them where the program is, as `natsServer`.
import type { TestProject } from 'vitest/node';
import { resolveNatsServer } from './nats-binary.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly natsServer: string;
  }
}

/** Installs the program when there is none. */
export async function setup(project: TestProject): Promise<void> {
  project.provide('natsServer', await resolveNatsServer());
}
