// The names of a config's parameters, and the paths made of them.
import { z } from 'zod';
import { limits } from '../limits.ts';

/** One name: no dots, which separate names in a path. */
export const parameterName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[^.\p{Cc}\p{Cs}\s]+$/u, 'A name of a parameter has no dots, white space or control characters');

/** E.g. `discount.max`. */
export const parameterPath = z
  .string()
  .min(1)
  .max(64 * limits.configDepthMax)
  .regex(
    /^[^.\p{Cc}\p{Cs}\s]+(\.[^.\p{Cc}\p{Cs}\s]+)*$/u,
    'Must be the path of a parameter, such as "discount.max"',
  );
