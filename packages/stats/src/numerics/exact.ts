// Differences of products of counts, exact where doubles would round: billions of users make p2 - p1 of single digits.

/** a * b - c * d of whole numbers, rounded once. */
export function exactDeterminant(a: number, b: number, c: number, d: number): number {
  const left = a * b;
  const right = c * d;
  if (left <= Number.MAX_SAFE_INTEGER && right <= Number.MAX_SAFE_INTEGER) return left - right;
  return Number(BigInt(a) * BigInt(b) - BigInt(c) * BigInt(d));
}
