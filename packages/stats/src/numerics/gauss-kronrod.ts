// Adaptive integration: Gauss-Kronrod rules of 7 and 15 points (Kronrod 1965; QUADPACK), panels halved where the two disagree.

const nodes = [
  0.991455371120812639207, 0.949107912342758524526, 0.86486442335976907279, 0.741531185599394439864,
  0.586087235467691130294, 0.405845151377397166907, 0.207784955007898467601, 0,
];
const kronrodWeights = [
  0.022935322010529224964, 0.063092092629978553291, 0.10479001032225018384, 0.140653259715525918745,
  0.169004726639267902827, 0.190350578064785409913, 0.204432940075298892414, 0.209482141084727828013,
];
// Of every second node.
const gaussWeights = [
  0.129484966168869693271, 0.279705391489276667901, 0.38183005050511894495, 0.417959183673469387755,
];
// Where rounding noise keeps the rules apart, halving does not help: it ends here.
const panelsMax = 400;

interface Panel {
  readonly low: number;
  readonly high: number;
  readonly value: number;
  readonly error: number;
}

/** The integral of a function that is not negative over panels given by their ascending ends, to a relative error. */
export function integrateAdaptively(
  f: (x: number) => number,
  ends: readonly number[],
  tolerance: number,
): number {
  let panels = ends.slice(1).map((high, i) => measure(f, ends[i]!, high));
  while (panels.length < panelsMax) {
    const total = panels.reduce((sum, { value }) => sum + value, 0);
    const limit = (tolerance * total) / Math.sqrt(panels.length);
    if (panels.every(({ error }) => error <= limit)) break;
    panels = panels.flatMap((panel) => {
      const middle = (panel.low + panel.high) / 2;
      const isFine = panel.error <= limit || middle <= panel.low || middle >= panel.high;
      return isFine ? [panel] : [measure(f, panel.low, middle), measure(f, middle, panel.high)];
    });
  }
  return panels.reduce((sum, { value }) => sum + value, 0);
}

function measure(f: (x: number) => number, low: number, high: number): Panel {
  const half = (high - low) / 2;
  const middle = (high + low) / 2;
  let kronrod = 0;
  let gauss = 0;
  nodes.forEach((node, i) => {
    const value = node === 0 ? f(middle) : f(middle - half * node) + f(middle + half * node);
    kronrod += kronrodWeights[i]! * value;
    if (i % 2 === 1) gauss += gaussWeights[(i - 1) / 2]! * value;
  });
  // QUADPACK's estimate: the rules' difference says how wrong the coarser one is.
  const difference = Math.abs(kronrod - gauss);
  const error = kronrod > 0 ? kronrod * Math.min(1, (200 * (difference / kronrod)) ** 1.5) : 0;
  return { low, high, value: kronrod * half, error: error * half };
}
