// The record of a replay (wl2nas.explore.replay_record), and what can be counted from it.

import { InputError } from "./graphs.js";

const ARRAYS = { uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, int32: Int32Array, float64: Float64Array };

/** The numbers of an array that came as text. */
export function unpack({ type, base64 }) {
  return new ARRAYS[type](Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);
}

function readFeatures({ width, values, columns, counts }) {
  const found = { width, values: unpack(values), columns: columns && unpack(columns) };
  const cells = counts ? unpack(counts) : new Array(found.values.length / width).fill(width);
  found.starts = [0];
  for (const count of cells) found.starts.push(found.starts.at(-1) + count);
  found.norms = Float64Array.from(cells, (_, cell) => found.values.slice(found.starts[cell], found.starts[cell + 1]).reduce((a, v) => a + v * v, 0));
  return found;
}

/** The record with its arrays unpacked; features when they are first asked for. */
export function readRecord(record) {
  const [rows, ops, successors] = [unpack(record.rows), unpack(record.ops), unpack(record.successors)];
  const width = record.ops.shape[1];
  const kept = {};
  const runs = Object.fromEntries(Object.entries(record.runs).map(([arm, text]) => {
    const all = unpack(text);
    return [arm, record.seeds.map((_, k) => [...all.slice(k * record.questions, (k + 1) * record.questions)])];
  }));
  return {
    ...record, rows, runs, answers: unpack(record.answers), judged: unpack(record.judged),
    places: Object.fromEntries(Object.entries(record.representations).map(([name, { places }]) => [name, unpack(places)])),
    features: (name) => (kept[name] ??= readFeatures(record.representations[name].features)),
    cell(place) {
      const codes = [...ops.slice(place * width, (place + 1) * width)].filter((code) => code >= 0);
      const edges = codes.flatMap((_, i) => codes.flatMap((_, j) => ((successors[place * width + i] >> j) & 1 ? [[i, j]] : [])));
      return { names: codes.map((code) => record.operations[code]), edges };
    },
  };
}

/** The run that a state shows: "random", or "gp/statistics". */
export const armOf = ({ method, representation }) => (method === "gp" ? `gp/${representation}` : method);

/** What an arm is called. */
export function armLabel(data, arm) {
  const [method, representation] = arm.split("/");
  return representation ? `${data.methods[method]}, ${data.representations[representation].label}` : data.methods[method];
}

// --- the state, as text ------------------------------------------------------------------------

export const firstState = (data) => ({ method: "gp", representation: Object.keys(data.representations)[0], deal: 0, question: data.start });

export const stateText = ({ method, representation, deal, question }) => `method=${method}&representation=${representation}&deal=${deal}&question=${question}`;

/** The state that a text says; what it leaves out is as at the start. */
export function stateOf(text, data) {
  const given = Object.fromEntries(text.split("&").filter(Boolean).map((part) => [part.split("=")[0], part.split("=")[1] ?? ""]));
  const state = { ...firstState(data), ...given };
  const among = (name, options) => {
    if (!options.includes(String(state[name]))) throw new InputError(`${name} must be one of ${options.join(", ")}; it is "${String(state[name]).slice(0, 20)}"`);
  };
  const within = (name, least, most) => {
    if (!/^\d{1,6}$/.test(state[name]) || state[name] < least || state[name] > most) throw new InputError(`${name} must be ${least} to ${most}; it is "${String(state[name]).slice(0, 20)}"`);
    state[name] = Number(state[name]);
  };
  for (const name of Object.keys(given)) if (!(name in firstState(data))) throw new InputError(`a link holds method, representation, deal and question; "${name.slice(0, 20)}" is none`);
  among("method", Object.keys(data.methods));
  among("representation", Object.keys(data.representations));
  within("deal", 0, data.seeds.length - 1);
  within("question", data.start, data.questions);
  return state;
}

// --- what was found ----------------------------------------------------------------------------

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

/** The reader's cell beside those of an arm's runs, all deals, as the judge sees them. */
export function verdict(data, arm, order, deal) {
  const mine = data.judged[handedOver(data, order)];
  const judged = data.runs[arm].map((run) => data.judged[handedOver(data, run.slice(0, order.length))]);
  const sorted = [...judged].sort((a, b) => a - b);
  const count = (fits) => judged.filter(fits).length;
  return { arm, label: armLabel(data, arm), sameDeal: judged[deal], median: quantile(sorted, 0.5), runs: judged.length,
    better: count((other) => mine > other), equal: count((other) => mine === other), worse: count((other) => mine < other) };
}
