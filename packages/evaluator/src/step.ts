// A compiled flag as data: steps in a row, each with all it needs in its own fields, and one loop that walks them. A closure
// per part would be a call that no processor foresees and three more cache lines for each part; with hundreds of flags
// behind one call site that costs more than the work (docs/adr/0013). What is run per evaluation are methods: engines look
// at an imported function before each call to it, but know a method by the class they have checked anyway.
import { attributesOf, type Attributes, type Condition } from './attributes.ts';
import type { CompiledExpression, IndexableTest } from './expression.ts';
import type { OutcomeRecord } from './outcome.ts';
import type { CompiledServe } from './serve.ts';
import type { Decide, Split } from './split.ts';

/** How a step finds out whether it applies. Numbers, because engines compare those without a load. */
type StepKind = typeof always | typeof oneOf | typeof bothOf | typeof condition;
const always = 0;
/** One attribute is one of three texts. */
const oneOf = 1;
/** Two attributes are, each of its own. */
const bothOf = 2;
const condition = 3;

/** The one class of all steps, so that every load in the loop finds its field at the same place. */
export class Step {
  readonly kind: StepKind;
  /** What it serves where it applies: one of outcome, split and decide. */
  readonly outcome: OutcomeRecord | undefined;
  readonly split: Split | undefined;
  /** Where to go on when it does not decide. The last step of a flag always decides. */
  readonly next: Step | undefined;
  readonly a: string;
  readonly a0: unknown;
  readonly a1: unknown;
  readonly a2: unknown;
  readonly b: string;
  readonly b0: unknown;
  readonly b1: unknown;
  readonly b2: unknown;
  readonly test: Condition | undefined;
  readonly decide: Decide | undefined;

  /** Without a condition it applies to everybody. */
  constructor(serve: CompiledServe, next?: Step, when?: CompiledExpression) {
    const [first = noTest, second = noTest, ...others] = when === undefined ? [] : shortTests(when);
    const isInline = first !== noTest && others.length === 0;
    this.kind = when === undefined ? always : !isInline ? condition : second === noTest ? oneOf : bothOf;
    this.outcome = serve.outcome;
    this.split = serve.split;
    this.next = next;
    this.a = first.attribute;
    // Absent literals repeat the first: comparing again with an equal value changes nothing.
    [this.a0, this.a1 = this.a0, this.a2 = this.a0] = first.literals;
    this.b = second.attribute;
    [this.b0, this.b1 = this.b0, this.b2 = this.b0] = second.literals;
    this.test = isInline ? undefined : when?.condition;
    this.decide = serve.decide;
  }

  /** Evaluates for a context as the application gave it. */
  evaluate(context: unknown): OutcomeRecord {
    // A flat context that plain loads may read (attributes.ts): by far the most contexts are.
    if (
      typeof context === 'object' &&
      context !== null &&
      (context as Attributes)['kind'] === undefined &&
      Object.getPrototypeOf(context) === Object.prototype
    )
      return this.walk(context as Attributes, context, false);
    return this.walk(attributesOf(context, 'user'), context, true);
  }

  /** Evaluates for a context whose user kind has been resolved. */
  walk(user: Attributes, context: unknown, strict: boolean): OutcomeRecord {
    return walkFrom(this, user, context, strict);
  }

  /** True when the condition holds. */
  applies(user: Attributes, context: unknown, strict: boolean): boolean {
    const { kind, a } = this;
    if (kind === condition) return this.test!(user, context, strict);
    const value = user[a];
    if (typeof value !== 'string' || (value !== this.a0 && value !== this.a1 && value !== this.a2))
      return false;
    if (strict && !Object.hasOwn(user, a)) return false;
    return kind === oneOf || this.appliesToo(user, strict);
  }

  /** The second test, with a load of its own, so that engines cache it apart from the first one's. */
  appliesToo(user: Attributes, strict: boolean): boolean {
    const value = user[this.b];
    if (typeof value !== 'string' || (value !== this.b0 && value !== this.b1 && value !== this.b2))
      return false;
    return !strict || Object.hasOwn(user, this.b);
  }

  /** What it serves when it applies; undefined when it leaves that to the next step. */
  serve(user: Attributes, context: unknown, strict: boolean): OutcomeRecord | undefined {
    if (this.split !== undefined) return this.split.decide(user, context, strict);
    return this.outcome ?? this.decide!(user, context, strict);
  }
}

const walkFrom = (first: Step, user: Attributes, context: unknown, strict: boolean): OutcomeRecord => {
  for (let step = first; ; step = step.next!) {
    if (step.kind !== always && !step.applies(user, context, strict)) continue;
    const outcome = step.outcome ?? step.serve(user, context, strict);
    if (outcome !== undefined) return outcome;
  }
};

const noTest: IndexableTest = { attribute: '', literals: [] };

/** The tests the condition is made of, when all of them ask for one of up to three texts; else none. */
function shortTests({ conjuncts }: CompiledExpression): readonly IndexableTest[] {
  const tests = conjuncts.flatMap(({ indexable }) => (isShort(indexable) ? [indexable] : []));
  return tests.length === conjuncts.length ? tests : [];
}

function isShort(test: IndexableTest | undefined): test is IndexableTest {
  const { length = 0 } = test?.literals ?? [];
  return length >= 1 && length <= 3 && test!.literals.every((literal) => typeof literal === 'string');
}
