// The repeated parts of the page: a product's card and a row of the table of answers.
import type { OfferedProduct } from '../server/shop.ts';
import { make } from './dom.ts';

/** What a flag answered, wherever it was asked. */
export interface Answer {
  readonly flagKey: string;
  readonly value: unknown;
  readonly variant?: string | undefined;
  readonly reason: string;
}

/** A product with its price and a button that adds it to the basket. */
export function productCard(product: OfferedProduct, customer: string, add: () => void): HTMLElement {
  const { id, name, description, available } = product;
  const picture = make('img', { alt: '', loading: 'lazy', src: `/image?product=${id}&customer=${customer}` });
  const button = make(
    'button',
    { type: 'button', disabled: !available },
    available ? 'Add to basket' : 'Not available now',
  );
  button.setAttribute('aria-label', `${button.textContent}: ${name}`);
  button.addEventListener('click', add);
  return make('li', {}, picture, make('h3', {}, name), make('p', {}, description), price(product), button);
}

function price({ priceCents, finalCents }: OfferedProduct): HTMLElement {
  const line = make('span', { className: 'price' });
  if (finalCents < priceCents) line.append(make('s', {}, euros(priceCents)));
  line.append(make('strong', {}, euros(finalCents)));
  return line;
}

/** Rows of the table of answers. */
export function answerRows(askedBy: string, answers: readonly Answer[]): readonly HTMLElement[] {
  return answers.map(({ flagKey, value, variant = '–', reason }) => {
    const cells = [askedBy, JSON.stringify(value), variant, reason].map((text) => make('td', {}, text));
    const head = make('th', {}, make('code', {}, flagKey));
    head.scope = 'row';
    return make('tr', {}, head, ...cells);
  });
}

const euros = (cents: number): string => `${(cents / 100).toFixed(2)} €`;
