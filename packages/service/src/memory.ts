// How the engine reckons what lies outside its heap. For processes through which many bytes pass and in which few stay.
import { setFlagsFromString } from 'node:v8';

/**
 * Buffers count towards the heap's own limit, and have none of their own. By that one, the engine would look through its whole
 * heap each time some 32 MB have passed. Call it once, at the start.
 */
export function countBuffersAsHeap(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit');
}
