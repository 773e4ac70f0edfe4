// What a flag of type kill_switch must look like: the same for everybody, so that killing it is all there is to know.
import type { z } from 'zod';
import { isObject, violate } from './fields.ts';

const steps = ['targets', 'rules', 'prerequisites'] as const;

/** Reports every member that a kill switch has otherwise. */
export function checkKillSwitch(
  flag: Readonly<Record<string, unknown>>,
  context: Parameters<Parameters<z.ZodType['superRefine']>[0]>[1],
): void {
  const refuse = (message: string, member: string): void =>
    violate(context, 'kill_switch', `A kill switch ${message}`, [member]);
  if (!isOnAndOff(flag['variants'])) refuse('has the variants {"on": true, "off": false}.', 'variants');
  if (flag['offVariant'] !== 'off') refuse('has "off" as its off variant.', 'offVariant');
  if (!servesOn(flag['default'])) refuse('serves {"variant": "on"} by default.', 'default');
  if (flag['enabled'] !== true) refuse('is always enabled: Kill switches it off.', 'enabled');
  for (const step of steps) {
    const list = flag[step];
    if (Array.isArray(list) && list.length > 0) refuse(`answers everybody the same: no ${step}.`, step);
  }
}

const isOnAndOff = (variants: unknown): boolean =>
  isObject(variants) &&
  Object.keys(variants).length === 2 &&
  variants['on'] === true &&
  variants['off'] === false;

const servesOn = (serve: unknown): boolean => isObject(serve) && serve['variant'] === 'on';
