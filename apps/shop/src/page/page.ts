// The page's script: asks its own flags by @org/flags-web, shows what the service answers, and redraws when either changes.
import { createClient } from '@org/flags-web';
import { contextOf, customerOf, customers } from '../customers.ts';
import type { CheckoutResult, ShopView } from '../server/shop.ts';
import { element, fill, make } from './dom.ts';
import { answerRows, productCard, type Answer } from './parts.ts';

interface ServiceView {
  readonly revision: number;
  readonly view: ShopView;
  readonly flags: readonly Answer[];
}

const { flagsUrl = '', clientKey = '' } = document.body.dataset;
let customer = customerOf(new URL(location.href).searchParams.get('customer'));
let service: ServiceView | undefined;
const basket = new Set<string>();

const flags = createClient({
  url: flagsUrl,
  key: clientKey,
  context: contextOf(customer),
  application: 'shop page',
});
const banner = flags.object('shop-banner', { text: '', tone: 'calm' });
const newCheckout = flags.boolean('new-checkout', false);
const recommendations = flags.string('recommendations', 'popular');

const select = element('customer', HTMLSelectElement);
fill(
  select,
  customers.map(({ targetingKey, name }) =>
    make('option', { value: targetingKey, selected: targetingKey === customer.targetingKey }, name),
  ),
);
select.addEventListener('change', () => {
  customer = customerOf(select.value);
  flags.setContext(contextOf(customer));
  basket.clear();
  void loadService();
});
element('checkout', HTMLButtonElement).addEventListener('click', () => void checkOut());

flags.on('change', drawPage);
flags.on('state', drawPage);
new EventSource('/api/changes').addEventListener('message', () => void loadService());
drawPage();

async function loadService(): Promise<void> {
  const asked = customer;
  const response = await fetch(`/api/view?customer=${asked.targetingKey}`);
  if (!response.ok || asked !== customer) return;
  service = (await response.json()) as ServiceView;
  drawService(service);
}

/** What the page decides by itself. */
function drawPage(): void {
  const { text, tone } = banner.get();
  const bar = element('banner', HTMLParagraphElement);
  bar.hidden = text === '';
  bar.textContent = text;
  bar.dataset['tone'] = tone;
  const button = element('checkout', HTMLButtonElement);
  button.textContent = newCheckout.get() ? 'Check out, shipping is free' : 'Check out';
  element('page-state', HTMLElement).textContent = `${flags.state}, revision ${flags.revision}`;
  drawAnswers();
}

/** What the service decides. */
function drawService({ revision, view }: ServiceView): void {
  element('service-revision', HTMLElement).textContent = String(revision);
  fill(
    element('products', HTMLUListElement),
    view.products.map((product) =>
      productCard(product, customer.targetingKey, () => addToBasket(product.id)),
    ),
  );
  const from = view.recommendationsFrom === 'cache' ? 'from the cache' : 'computed again';
  fill(element('recommended', HTMLUListElement), [
    ...view.recommended.map((name) => make('li', {}, name)),
    make('li', {}, `(${from})`),
  ]);
  drawAnswers();
  drawBasket();
}

function drawAnswers(): void {
  const own = [banner, newCheckout, recommendations].map((flag): Answer => flag.details());
  fill(element('flags', HTMLTableSectionElement), [
    ...answerRows('page', own),
    ...answerRows('service', service?.flags ?? []),
  ]);
}

function addToBasket(id: string): void {
  basket.add(id);
  drawBasket();
}

function drawBasket(): void {
  const chosen = service?.view.products.filter(({ id }) => basket.has(id)) ?? [];
  element('basket', HTMLParagraphElement).textContent =
    chosen.map(({ name }) => name).join(', ') || 'Nothing yet.';
  element('checkout', HTMLButtonElement).disabled = chosen.length === 0;
}

const outcomes: Readonly<Record<Exclude<CheckoutResult['outcome'], 'paid'>, string>> = {
  'cart-failed': 'The basket could not be saved. Try again.',
  'payment-failed': 'The payment was declined. Try again.',
  'payment-unreachable': 'Payments are down. Your basket is kept.',
  empty: 'Nothing in the basket can be had.',
};

async function checkOut(): Promise<void> {
  const body = JSON.stringify({ productIds: [...basket] });
  const response = await fetch(`/api/checkout?customer=${customer.targetingKey}`, { method: 'POST', body });
  const result = (await response.json()) as CheckoutResult;
  const outcome = element('outcome', HTMLParagraphElement);
  if (result.outcome !== 'paid') {
    outcome.textContent = outcomes[result.outcome];
    return;
  }
  flags.track('checkout', { value: result.totalCents });
  outcome.textContent = `Paid ${((result.totalCents + result.shippingCents) / 100).toFixed(2)} €. Clear skies!`;
  basket.clear();
  drawBasket();
}
