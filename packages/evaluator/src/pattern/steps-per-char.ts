// How long an engine that tries one way after the other can take over a pattern, per character of the text. Follows all
// ways through all texts at once. Where their number grows with the text, so does the time per character (exponentially
// for `(a+)+`, steadily for `a*a*`): such a pattern is not linear.
import { sum, times, type Automaton, type Ways } from './automaton.ts';

const stepsPerCharMax = 256;
/** Places and ways looked at. A pattern that asks for more is too intricate to be sure of, or not linear. */
const workMax = 30_000;

/** The most steps that any character of any text can take; undefined when there is no bound, or none was found. */
export function stepsPerChar(automaton: Automaton): number | undefined {
  // What may be tried next, and in how many ways each.
  const situations: Ways[] = [automaton.first];
  const seen = new Set<string>();
  let most = 0;
  let work = 0;
  for (let at = 0; at < situations.length; at++) {
    const tried = situations[at]!;
    most = Math.max(most, count(tried));
    if (most > stepsPerCharMax || work > workMax) return undefined;
    for (const places of choicesOf(tried, automaton)) {
      const next = afterChar(tried, places, automaton);
      work += tried.size + next.size;
      const name = nameOf(next);
      if (seen.has(name)) continue;
      seen.add(name);
      situations.push(next);
    }
  }
  return most;
}

/** The different sets of places that one character can be taken by. */
function choicesOf(tried: Ways, { takes, classes }: Automaton): Iterable<readonly number[]> {
  const choices = new Map<string, readonly number[]>();
  const places = [...tried.keys()];
  for (let char = 0; char < classes; char++) {
    const taking = places.filter((place) => takes[place]![char]);
    choices.set(taking.join(), taking);
  }
  return choices.values();
}

function afterChar(tried: Ways, places: readonly number[], { edges, later }: Automaton): Ways {
  return sum([later, ...places.map((place) => times(edges[place]!, tried.get(place)!))]);
}

function count(ways: Ways): number {
  let total = 0;
  for (const number of ways.values()) total += number;
  return total;
}

function nameOf(ways: Ways): string {
  return [...ways].sort(([a], [b]) => a - b).join(' ');
}
