// Finds a member that stands twice in one object. JSON.parse keeps the last one silently; whoever read the text before us
// may have kept the first.

interface Level {
  /** Names seen in an object; undefined in an array. */
  readonly names: Set<string> | undefined;
  /** Where in the level the scan is, as a piece of path. */
  at: string;
  index: number;
}

const space = /\s/;

/** The path of the first duplicate in a text that JSON.parse has accepted; undefined when there is none. */
export function duplicateMember(text: string): string | undefined {
  const levels: Level[] = [];
  for (let at = 0; at < text.length; at++) {
    const level = levels.at(-1);
    switch (text.charAt(at)) {
      case '{':
        levels.push({ names: new Set(), at: '', index: 0 });
        break;
      case '[':
        levels.push({ names: undefined, at: '[0]', index: 0 });
        break;
      case '}':
      case ']':
        levels.pop();
        break;
      case ',':
        if (level?.names === undefined) level!.at = `[${++level!.index}]`;
        break;
      case '"': {
        const end = endOfString(text, at);
        if (level?.names !== undefined && isMemberName(text, end)) {
          const name = JSON.parse(text.slice(at, end)) as string;
          level.at = name;
          if (level.names.has(name)) return pathOf(levels);
          level.names.add(name);
        }
        at = end - 1;
      }
    }
  }
  return undefined;
}

/** The index behind the closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function isMemberName(text: string, end: number): boolean {
  let at = end;
  while (space.test(text[at]!)) at++;
  return text[at] === ':';
}

function pathOf(levels: readonly Level[]): string {
  return levels
    .map(({ at }) => (at.startsWith('[') ? at : `.${at}`))
    .join('')
    .replace(/^\./, '');
}
