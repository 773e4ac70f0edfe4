// The minimum of a smooth function of two variables, without derivatives: Nelder and Mead (1965).

type Point = readonly [x: number, y: number];
type Vertex = readonly [point: Point, value: number];

const stepsMax = 2_000;

/** A local minimum near a start. Infinite values mark where the function may not be asked. */
export function minimize(f: (x: number, y: number) => number, start: Point, size = 0.5): Point {
  const vertex = (point: Point): Vertex => [point, f(point[0], point[1])];
  let simplex = [start, [start[0] + size, start[1]], [start[0], start[1] + size]].map((p) =>
    vertex(p as Point),
  );
  for (let step = 0; step < stepsMax; step++) {
    simplex.sort((a, b) => a[1] - b[1]);
    const [best, second, worst] = simplex as [Vertex, Vertex, Vertex];
    if (spread(best[0], worst[0]) < 1e-11 && spread(best[0], second[0]) < 1e-11) break;
    const along = (factor: number): Vertex =>
      vertex(
        [0, 1].map(
          (i) => middle(best, second, i) + factor * (middle(best, second, i) - worst[0][i]!),
        ) as unknown as Point,
      );
    const reflected = along(1);
    if (reflected[1] < best[1]) {
      const expanded = along(2);
      simplex[2] = expanded[1] < reflected[1] ? expanded : reflected;
    } else if (reflected[1] < second[1]) simplex[2] = reflected;
    else {
      const contracted = along(reflected[1] < worst[1] ? 0.5 : -0.5);
      if (contracted[1] < Math.min(reflected[1], worst[1])) simplex[2] = contracted;
      else
        simplex = simplex.map(([p], i) =>
          i === 0 ? best : vertex([(p[0] + best[0][0]) / 2, (p[1] + best[0][1]) / 2]),
        );
    }
  }
  return simplex[0]![0];
}

function middle(a: Vertex, b: Vertex, i: number): number {
  return (a[0][i]! + b[0][i]!) / 2;
}

function spread(a: Point, b: Point): number {
  return Math.max(Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1]));
}
