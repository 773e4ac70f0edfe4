// The customers that the page can be seen as, shared by the service and the page. Contexts as flags see them.

/** A customer: an evaluation context with a name. */
export interface Customer {
  readonly targetingKey: string;
  readonly name: string;
  readonly country: string;
  readonly tier: 'free' | 'gold';
  readonly email: string;
}

export const customers: readonly Customer[] = [
  { targetingKey: 'customer-1', name: 'Ana', country: 'DE', tier: 'gold', email: 'ana@example.com' },
  { targetingKey: 'customer-2', name: 'Ben', country: 'US', tier: 'free', email: 'ben@example.com' },
  { targetingKey: 'customer-3', name: 'Chloé', country: 'FR', tier: 'free', email: 'chloe@example.com' },
  {
    targetingKey: 'customer-4',
    name: 'Dev (staff)',
    country: 'DE',
    tier: 'free',
    email: 'dev@staff.example.com',
  },
];

/** The customer of that key, the first one for unknown keys. */
export function customerOf(key: string | null): Customer {
  return customers.find(({ targetingKey }) => targetingKey === key) ?? customers[0]!;
}

/** What flags see of a customer: no name. */
export function contextOf({
  targetingKey,
  country,
  tier,
  email,
}: Customer): Readonly<Record<string, string>> {
  return { targetingKey, country, tier, email };
}
