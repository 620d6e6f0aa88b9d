// A Gaussian process on whole features, as wl2nas.search.gp has it: compared with Python's in the
// tests. Kernel exp(-s d) of squared distances d; s and noise are those of highest likelihood.

export const INVERSE_LENGTHS = [0.03, 0.06, 0.125, 0.25, 0.5, 1, 2, 4];
export const NOISE_RATIOS = [0.001, 0.01, 0.1, 1];
const ROUNDING = 1e-9; // likelihoods closer than this, times n, are equal: the first counts
const FLOOR = 0.2;

/** Answers below their 20 % quantile raised to it, so that failures do not set the scale. */
export function floored(answers) {
  const sorted = [...answers].sort((a, b) => a - b);
  const at = FLOOR * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  const floor = low + (at - Math.floor(at)) * (high - low);
  return answers.map((answer) => Math.max(answer, floor));
}

/** Squared distances of all cells to one: features {width, values} or sparse {.., columns, starts}. */
export function distancesTo({ width, values, columns, starts, norms }, place) {
  const chosen = new Float64Array(width);
  const each = (cell, action) => {
    if (!columns) for (let k = 0; k < width; k++) action(k, values[cell * width + k]);
    else for (let k = starts[cell]; k < starts[cell + 1]; k++) action(columns[k], values[k]);
  };
  each(place, (column, value) => { chosen[column] = value; });
  return norms.map((norm, cell) => {
    let product = 0;
    each(cell, (column, value) => { product += chosen[column] * value; });
    return norm + norms[place] - 2 * product;
  });
}

function cholesky(kernel, noise) {
  const L = kernel.map((row) => Float64Array.from(row));
  for (let i = 0; i < L.length; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = L[i][j] + (i === j ? noise : 0);
      for (let k = 0; k < j; k++) sum -= L[i][k] * L[j][k];
      L[i][j] = i === j ? Math.sqrt(sum) : sum / L[j][j];
    }
  }
  return L;
}

/** x with L x = b, for a lower triangle. */
function forward(L, b) {
  const x = Float64Array.from(b);
  for (let i = 0; i < x.length; i++) {
    for (let k = 0; k < i; k++) x[i] -= L[i][k] * x[k];
    x[i] /= L[i][i];
  }
  return x;
}

/** x with Lᵀ x = b. */
function backward(L, b) {
  const x = Float64Array.from(b);
  for (let i = x.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < x.length; k++) x[i] -= L[k][i] * x[k];
    x[i] /= L[i][i];
  }
  return x;
}

const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;

function likelihood(kernel, y, noise) {
  const L = cholesky(kernel, noise);
  const white = forward(L, y);
  const variance = Math.max(white.reduce((a, w) => a + w * w, 0) / y.length, 1e-12);
  return { L, white, variance, log: -0.5 * y.length * (Math.log(2 * Math.PI * variance) + 1) - L.reduce((a, row, i) => a + Math.log(row[i]), 0) };
}

/**
 * Mean and width (one standard deviation) at all cells, as Float64Arrays, after answers to some.
 * distances: for each answered cell the squared distances to all, places: which cells they are.
 */
export function posterior(distances, places, targets) {
  const n = places.length;
  const centre = mean(targets);
  const spread = Math.sqrt(mean(targets.map((t) => (t - centre) ** 2))) || 1;
  const y = targets.map((t) => (t - centre) / spread);
  const observed = distances.map((row) => places.map((place) => row[place]));
  const scale = mean(observed.flatMap((row, i) => row.slice(i + 1))) || 1;
  const fits = INVERSE_LENGTHS.flatMap((inverse) => {
    const kernel = observed.map((row) => row.map((d) => Math.exp((-inverse / scale) * d)));
    return NOISE_RATIOS.map((noise) => ({ s: inverse / scale, ...likelihood(kernel, y, noise) }));
  });
  const highest = Math.max(...fits.map((fit) => fit.log));
  const { s, L, white, variance } = fits.find((fit) => fit.log >= highest - ROUNDING * n);
  const weights = backward(L, white);
  const found = { mean: new Float64Array(distances[0].length), width: new Float64Array(distances[0].length) };
  const cross = new Float64Array(n);
  for (let cell = 0; cell < found.mean.length; cell++) {
    for (let i = 0; i < n; i++) cross[i] = Math.exp(-s * distances[i][cell]);
    const known = forward(L, cross);
    let [sum, explained] = [0, 0];
    for (let i = 0; i < n; i++) { sum += cross[i] * weights[i]; explained += known[i] * known[i]; }
    found.mean[cell] = centre + spread * sum;
    found.width[cell] = spread * Math.sqrt(variance * Math.max(1 - explained, 1e-10));
  }
  return found;
}
