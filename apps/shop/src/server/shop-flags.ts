// The flags that the service asks: each is resolved once here and asked by its handle. Keys stand nowhere else.
// Those of the OpenTelemetry demo keep their meaning: they make things fail on purpose.
import type { FlagsClient } from '@org/flags-node';

export type ShopFlags = ReturnType<typeof resolveShopFlags>;

/** Handles of every flag the service uses, with what it does when there is no answer. */
export function resolveShopFlags(client: Pick<FlagsClient, 'boolean' | 'number' | 'string'>) {
  return {
    discountPercent: client.number('discount-percent', 0),
    newCheckout: client.boolean('new-checkout', false),
    recommendations: client.string('recommendations', 'popular'),
    imageSlowLoadMs: client.number('imageSlowLoad', 0),
    productCatalogFailure: client.boolean('productCatalogFailure', false),
    recommendationCacheFailure: client.boolean('recommendationCacheFailure', false),
    cartFailure: client.number('cartFailure', 0),
    paymentFailure: client.number('paymentFailure', 0),
    paymentUnreachable: client.boolean('paymentUnreachable', false),
  };
}
