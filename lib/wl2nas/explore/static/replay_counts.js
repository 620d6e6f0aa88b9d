// What runs found: the best answer so far, what a judge says of it, and what blind luck would do.

import { armLabel } from "./replay_data.js";

/** The best answer after 1, 2, ... questions. */
export function bestSoFar(data, order) {
  let best = -Infinity;
  return order.map((place) => (best = Math.max(best, data.answers[place])));
}

/** The cell that is handed over: the one with the best answer, of equal ones the first asked. */
export const handedOver = (data, order) => order.reduce((best, place) => (data.answers[place] > data.answers[best] ? place : best));

const quantile = (sorted, share) => sorted[Math.round(share * (sorted.length - 1))];

/** Over all deals: the mean of the best answer, and where the middle eight of ten runs lie. */
export function spreadOfRuns(data, arm) {
  const curves = data.runs[arm].map((order) => bestSoFar(data, order));
  const at = curves[0].map((_, q) => curves.map((curve) => curve[q]).sort((a, b) => a - b));
  return { mean: at.map((values) => values.reduce((a, b) => a + b) / values.length), low: at.map((values) => quantile(values, 0.1)), high: at.map((values) => quantile(values, 0.9)) };
}

/**
 * How often blind luck does as well: the probability that the best of as many new cells, drawn at
 * random after the same first ones, has an answer at least as good as the best of `order`.
 */
export function luck(data, order) {
  const best = Math.max(...order.map((place) => data.answers[place]));
  const given = order.slice(0, data.start);
  if (given.some((place) => data.answers[place] >= best)) return 1;
  const good = data.answers.filter((answer) => answer >= best).length;
  const others = data.answers.length - data.start;
  let missed = 1;
  for (let k = 0; k < order.length - data.start; k++) missed *= Math.max(others - good - k, 0) / (others - k);
  return 1 - missed;
}

/** How many of the other deals begin with a best answer below that of this deal. */
export function weakerStarts(data, deal) {
  const starts = data.runs[Object.keys(data.runs)[0]].map((run) => bestSoFar(data, run.slice(0, data.start)).at(-1));
  return starts.filter((best) => best < starts[deal]).length;
}

/** The reader's cell beside those of an arm's runs, all deals, as the judge sees them. */
export function verdict(data, arm, order, deal) {
  const mine = data.judged[handedOver(data, order)];
  const judged = data.runs[arm].map((run) => data.judged[handedOver(data, run.slice(0, order.length))]);
  const sorted = [...judged].sort((a, b) => a - b);
  const count = (fits) => judged.filter(fits).length;
  return { arm, label: armLabel(data, arm), sameDeal: judged[deal], median: quantile(sorted, 0.5), runs: judged.length,
    better: count((other) => mine > other), equal: count((other) => mine === other), worse: count((other) => mine < other) };
}
