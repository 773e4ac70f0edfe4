// What the example environment has beside the flags of the OpenTelemetry demo: a flag for every way of deciding.
import type { Flag, Segment } from '@org/contract/model';
import type { ImportedDocument } from '@org/interop';

const segment = (key: string, document: Segment): ImportedDocument => ({ kind: 'segment', key, document });
const flag = (key: string, document: Flag): ImportedDocument => ({ kind: 'flag', key, document });
const onOff = { on: true, off: false };

/** Segments and flags of the sample shop (apps/shop). */
export const exampleDocuments: readonly ImportedDocument[] = [
  segment('staff', {
    description: 'People who work here',
    when: { op: 'ends_with', attribute: 'email', values: ['@staff.example.com'] },
    clientVisible: true,
  }),
  segment('europe', {
    description: 'Countries that the new checkout delivers to',
    when: { op: 'in', attribute: 'country', values: ['AT', 'DE', 'ES', 'FR'] },
    clientVisible: true,
  }),
  flag('shop-banner', {
    description: 'The line above the shop',
    type: 'object',
    enabled: true,
    clientVisible: true,
    variants: {
      none: { text: '', tone: 'calm' },
      welcome: { text: 'Welcome to Stargazer', tone: 'calm' },
      staff: { text: 'You see what staff see', tone: 'loud' },
    },
    offVariant: 'none',
    rules: [{ id: 'staff', when: { op: 'segment', key: 'staff' }, serve: { variant: 'staff' } }],
    default: { variant: 'welcome' },
  }),
  flag('payments-open', {
    description: 'Whether anything can be paid; the new checkout requires it',
    type: 'boolean',
    enabled: true,
    clientVisible: true,
    variants: onOff,
    offVariant: 'off',
    default: { variant: 'on' },
  }),
  flag('new-checkout', {
    description: 'The checkout with free shipping',
    type: 'boolean',
    enabled: true,
    clientVisible: true,
    variants: onOff,
    offVariant: 'off',
    prerequisites: [{ flag: 'payments-open', variants: ['on'] }],
    targets: [{ variant: 'on', keys: ['customer-1'] }],
    rules: [
      { id: 'staff', when: { op: 'segment', key: 'staff' }, serve: { variant: 'on' } },
      {
        id: 'half-of-europe',
        when: { op: 'segment', key: 'europe' },
        serve: { split: { weights: evenly('on', 'off') } },
      },
    ],
    default: { variant: 'off' },
  }),
  flag('recommendations', {
    description: 'What is recommended, half and half',
    type: 'string',
    enabled: true,
    clientVisible: true,
    variants: { popular: 'popular', premium: 'premium' },
    offVariant: 'popular',
    default: { split: { weights: evenly('popular', 'premium') } },
  }),
  flag('discount-percent', {
    description: 'Taken off every price; known to the service only',
    type: 'number',
    enabled: true,
    variants: { none: 0, ten: 10, twenty: 20 },
    offVariant: 'none',
    rules: [
      { id: 'gold', when: { op: 'equals', attribute: 'tier', value: 'gold' }, serve: { variant: 'ten' } },
    ],
    default: { variant: 'none' },
  }),
];

function evenly(...variants: readonly string[]) {
  return variants.map((variant) => ({ variant, weight: 50_000 }));
}
