// What the shop does: products, recommendations and the checkout, as the flags say for one customer. Knows no HTTP.
import { contextOf, type Customer } from '../customers.ts';
import { catalogue, type Product } from './catalogue.ts';
import type { ShopFlags } from './shop-flags.ts';

/** A product with the customer's price. */
export interface OfferedProduct extends Product {
  readonly finalCents: number;
  /** False when the catalogue fails for it. */
  readonly available: boolean;
}

/** The shop as one customer sees it, and what the flags answered for it. */
export interface ShopView {
  readonly products: readonly OfferedProduct[];
  readonly recommended: readonly string[];
  readonly recommendationsFrom: 'cache' | 'computation';
  readonly checkout: 'classic' | 'new';
}

/** How a checkout ended. */
export type CheckoutResult =
  | { readonly outcome: 'paid'; readonly totalCents: number; readonly shippingCents: number }
  | { readonly outcome: 'cart-failed' | 'payment-failed' | 'payment-unreachable' | 'empty' };

/** The shop's effects: chance is given, so that tests decide. */
export interface ShopOptions {
  readonly flags: ShopFlags;
  /** A number from 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
}

/** The shop over its flags. */
export function createShop({ flags, random }: ShopOptions) {
  const failing = 'OLJCESPC7Z';

  function view(customer: Customer): ShopView {
    const context = contextOf(customer);
    return {
      products: offers(customer),
      recommended: recommend(customer),
      recommendationsFrom: flags.recommendationCacheFailure.get(context) ? 'computation' : 'cache',
      checkout: flags.newCheckout.get(context) ? 'new' : 'classic',
    };
  }

  function offers(customer: Customer): readonly OfferedProduct[] {
    const context = contextOf(customer);
    const percent = clamp(flags.discountPercent.get(context), 0, 100);
    return catalogue.map((product) => ({
      ...product,
      finalCents: Math.round((product.priceCents * (100 - percent)) / 100),
      available:
        product.id !== failing || !flags.productCatalogFailure.get({ ...context, product_id: product.id }),
    }));
  }

  function recommend(customer: Customer): readonly string[] {
    const cheapestFirst = [...catalogue].sort((left, right) => left.priceCents - right.priceCents);
    const names = cheapestFirst.map(({ name }) => name);
    const choice = flags.recommendations.get(contextOf(customer));
    return (choice === 'premium' ? names.reverse() : names).slice(0, 2);
  }

  function checkout(customer: Customer, productIds: readonly string[]): CheckoutResult {
    const context = contextOf(customer);
    const bought = offers(customer).filter(({ id, available }) => available && productIds.includes(id));
    if (bought.length === 0) return { outcome: 'empty' };
    if (random() < flags.cartFailure.get(context)) return { outcome: 'cart-failed' };
    if (flags.paymentUnreachable.get(context)) return { outcome: 'payment-unreachable' };
    if (random() < flags.paymentFailure.get(context)) return { outcome: 'payment-failed' };
    const totalCents = bought.reduce((sum, { finalCents }) => sum + finalCents, 0);
    return { outcome: 'paid', totalCents, shippingCents: flags.newCheckout.get(context) ? 0 : 495 };
  }

  return { view, checkout };
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
