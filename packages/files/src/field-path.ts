// Paths as findings write them (`rules[2].when["a.b"]`), as steps to walk.

const step = /\.?([A-Za-z_$][\w$-]*)|\[(\d{1,9})\]|\[("(?:[^"\\]|\\.)*")\]/y;

/** The steps of a path; what cannot be read as one ends it: the place is then that of what holds it. */
export function stepsOf(path: string): readonly (string | number)[] {
  const steps: (string | number)[] = [];
  step.lastIndex = 0;
  while (step.lastIndex < path.length) {
    const match = step.exec(path);
    if (match === null) break;
    const [, name, index, quoted] = match;
    if (name !== undefined) steps.push(name);
    else if (index !== undefined) steps.push(Number(index));
    else steps.push(JSON.parse(quoted as string) as string);
  }
  return steps;
}
