// What the shop sells. Prices in cents.

export interface Product {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly priceCents: number;
}

export const catalogue: readonly Product[] = [
  {
    id: 'OLJCESPC7Z',
    name: 'Explorascope',
    description: 'A refractor for a first look at the moon.',
    priceCents: 10_196,
  },
  {
    id: '66VCHSJNUP',
    name: 'Starsense 114',
    description: 'Finds its way by the phone on top of it.',
    priceCents: 34_995,
  },
  { id: '1YMWWN1N4O', name: 'Eclipsmart', description: 'Watches the sun safely.', priceCents: 12_995 },
  { id: 'L9ECAV7KIM', name: 'Lens cleaning kit', description: 'Brush, cloth and fluid.', priceCents: 2_195 },
  {
    id: '2ZYFJ3GM2N',
    name: 'Roof binoculars',
    description: 'Ten times closer, on foot.',
    priceCents: 20_995,
  },
  {
    id: '0PUK6V6EV0',
    name: 'Solar system colour imager',
    description: 'A camera for planets.',
    priceCents: 17_500,
  },
];
