// The record of a replay as wl2nas.explore.replay_record makes it, and the state of a page, as text.

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
  const answers = unpack(record.answers);
  const sorted = [...answers].sort((a, b) => a - b);
  const kept = {};
  const runs = Object.fromEntries(Object.entries(record.runs).map(([arm, text]) => {
    const all = unpack(text);
    return [arm, record.seeds.map((_, k) => [...all.slice(k * record.questions, (k + 1) * record.questions)])];
  }));
  return {
    ...record, rows, runs, answers, judged: unpack(record.judged),
    scale: [sorted[Math.floor(0.05 * sorted.length)], sorted.at(-1)], // of colours: the lowest twentieth look alike
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
  for (const name of Object.keys(given)) if (!Object.hasOwn(firstState(data), name)) throw new InputError(`a link holds method, representation, deal and question; "${name.slice(0, 20)}" is none`);
  among("method", Object.keys(data.methods));
  among("representation", Object.keys(data.representations));
  within("deal", 0, data.seeds.length - 1);
  within("question", data.start, data.questions);
  return state;
}

/** An accuracy as it is written everywhere. */
export const percent = (value) => `${value.toFixed(1)} %`;
