// Scalars by the proto3 JSON mapping. Only the types the contract uses: a new one fails loudly at the first request.
import { ScalarType } from '@bufbuild/protobuf';
import type { Report } from './findings.ts';

const integerText = /^-?\d{1,20}$/;
const numberText = /^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/;
const specialNumbers = ['NaN', 'Infinity', '-Infinity'];
const base64 = /^[\w+/-]*={0,2}$/;
const loneSurrogate = /\p{Surrogate}/u;

/** @throws for a scalar type that the contract did not use when this was written. */
export function checkScalar(type: ScalarType, value: unknown, path: string, report: Report): void {
  switch (type) {
    case ScalarType.STRING:
      return checkText(value, path, report);
    case ScalarType.BOOL:
      if (typeof value !== 'boolean') report(path, 'type', 'Must be true or false.');
      return;
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return checkInteger(value, 0, 4_294_967_295, path, report);
    case ScalarType.INT32:
    case ScalarType.SINT32:
      return checkInteger(value, -2_147_483_648, 2_147_483_647, path, report);
    case ScalarType.DOUBLE:
      return checkNumber(value, path, report);
    case ScalarType.BYTES:
      if (typeof value !== 'string' || !base64.test(value)) report(path, 'type', 'Must be a text in base64.');
      return;
    default:
      throw new Error(`No JSON check for the scalar type ${ScalarType[type]}`);
  }
}

/** Text must have an encoding in UTF-8: a lone surrogate has none. */
export function checkText(value: unknown, path: string, report: Report): void {
  if (typeof value !== 'string') report(path, 'type', 'Must be a text.');
  else if (loneSurrogate.test(value))
    report(path, 'utf8', 'Holds half of a surrogate pair, which is no character.');
}

function checkInteger(value: unknown, min: number, max: number, path: string, report: Report): void {
  const number = typeof value === 'string' && integerText.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number))
    return report(path, 'type', 'Must be a whole number.');
  if (number < min || number > max) report(path, 'range', `Must be from ${min} to ${max}.`);
}

function checkNumber(value: unknown, path: string, report: Report): void {
  if (typeof value === 'string' && (numberText.test(value) || specialNumbers.includes(value))) return;
  if (typeof value !== 'number') return report(path, 'type', 'Must be a number.');
  if (!Number.isFinite(value)) report(path, 'range', 'Does not fit a 64-bit number.');
}
