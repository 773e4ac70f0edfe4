// The shop over flags whose answers the test decides, by the SDK's own in-memory client.
import { createMemoryClient } from '@org/flags-node';
import { expect, it } from 'vitest';
import { customers } from '../customers.ts';
import { resolveShopFlags } from './shop-flags.ts';
import { createShop } from './shop.ts';

const [ana] = customers;

function shopWith(values: Readonly<Record<string, boolean | number | string>>, random = 0.5) {
  const flags = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { value }]));
  const client = createMemoryClient({ flags });
  return createShop({ flags: resolveShopFlags(client), random: () => random });
}

it('sells at the full price while no flag says otherwise', () => {
  const { products, checkout, recommendationsFrom } = shopWith({}).view(ana!);
  expect(
    products.every(({ priceCents, finalCents, available }) => available && finalCents === priceCents),
  ).toBe(true);
  expect({ checkout, recommendationsFrom }).toEqual({ checkout: 'classic', recommendationsFrom: 'cache' });
});

it('takes off the discount, and never more than the price', () => {
  expect(shopWith({ 'discount-percent': 10 }).view(ana!).products[0]?.finalCents).toBe(9176);
  expect(shopWith({ 'discount-percent': 900 }).view(ana!).products[0]?.finalCents).toBe(0);
});

it('fails for one product when the catalogue is told to', () => {
  const { products } = shopWith({ productCatalogFailure: true }).view(ana!);
  expect(products.filter(({ available }) => !available).map(({ id }) => id)).toEqual(['OLJCESPC7Z']);
});

it.each([
  [{}, { outcome: 'paid', totalCents: 2195, shippingCents: 495 }],
  [{ 'new-checkout': true }, { outcome: 'paid', totalCents: 2195, shippingCents: 0 }],
  [{ cartFailure: 0.9 }, { outcome: 'cart-failed' }],
  [{ paymentFailure: 0.9 }, { outcome: 'payment-failed' }],
  [{ paymentFailure: 0.25 }, { outcome: 'paid', totalCents: 2195, shippingCents: 495 }],
  [{ paymentUnreachable: true }, { outcome: 'payment-unreachable' }],
])('ends a checkout under %j', (values, result) => {
  expect(shopWith(values).checkout(ana!, ['L9ECAV7KIM'])).toEqual(result);
});

it('does not sell nothing', () => {
  expect(shopWith({}).checkout(ana!, ['no-such-product'])).toEqual({ outcome: 'empty' });
});
