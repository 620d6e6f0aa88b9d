// Graphs as text: the state of the stepper in a link, and what a reader pastes.
//
// State: round=1&cell=0&a=GRAPH&b=GRAPH, where GRAPH is vertices;edges;labels;positions, such as
// 3;0-1,1-2;0,0,1;10,50,50,50,90,50.

import { InputError, LIMITS, checkLength, checkSize, integers, makeGraph } from "./graphs.js";

export function encodeGraph(graph) {
  const edges = graph.edges.map((edge) => edge.join("-")).join(",");
  return [graph.labels.length, edges, graph.labels.join(","), graph.positions.flat().join(",")].join(";");
}

export function decodeGraph(text) {
  const [count, edgeText = "", labelText = "", positionText = "", ...rest] = text.split(";");
  if (rest.length) throw new InputError("a graph has four parts: vertices;edges;labels;positions");
  const [n] = integers(count, "vertices", 0, 1e6);
  if (n === undefined) throw new InputError("the number of vertices is missing");
  checkSize(n);
  const edges = edgeText === "" ? [] : edgeText.split(",").map((pair) => {
    if (!/^\d{1,6}-\d{1,6}$/.test(pair)) throw new InputError(`edge "${pair.slice(0, 20)}" is not of the form 0-1`);
    return pair.split("-").map(Number);
  });
  const flat = integers(positionText, "positions", 0, 100);
  const positions = Array.from({ length: flat.length / 2 }, (_, v) => flat.slice(2 * v, 2 * v + 2));
  if (flat.length && flat.length !== 2 * n) throw new InputError(`${flat.length} coordinates for ${n} vertices; give x and y of each`);
  return makeGraph(n, edges, integers(labelText, "labels", 0, LIMITS.label), positions);
}

export function encode(state) {
  const graphs = state.graphs.map((graph, k) => `&${"ab"[k]}=${encodeGraph(graph)}`).join("");
  return `round=${state.round}&cell=${Number(state.cell)}${graphs}`;
}

export function decode(text) {
  checkLength(text);
  const parts = new Map(text.split("&").map((part) => [part.split("=")[0], part.slice(part.indexOf("=") + 1)]));
  if (!parts.has("a")) throw new InputError('the state holds no graph: "a=" is missing');
  const [round = 0] = integers(parts.get("round") ?? "0", "round", 0, 1000);
  const graphs = ["a", "b"].filter((name) => parts.has(name)).map((name) => decodeGraph(parts.get(name)));
  return { round, cell: parts.get("cell") === "1", graphs };
}

function fromMatrix(matrix) {
  const n = matrix.length;
  checkSize(n);
  const edges = [];
  matrix.forEach((row, i) => {
    if (!Array.isArray(row) || row.length !== n) throw new InputError(`row ${i} of the matrix has ${row.length ?? 1} entries; a square matrix of ${n} rows needs ${n}`);
    row.forEach((entry, j) => {
      if (entry !== 0 && entry !== 1) throw new InputError(`the matrix holds ${String(entry).slice(0, 20)} at ${i}, ${j}; only 0 and 1 are allowed`);
      if (entry) edges.push([i, j]);
    });
  });
  return [n, edges];
}

/** The code of an operation of NAS-Bench-101 by any of its names, such as conv3x3-bn-relu; or null. */
function operationCode(name) {
  const plain = String(name).toLowerCase().replace(/[-_](bn|relu)/g, "").replace(/^maxpool3x3$/, "maxpool");
  const code = ["input", "conv1x1", "conv3x3", "maxpool", "output"].indexOf(plain);
  return code < 0 ? null : code;
}

/** Labels from numbers or names of operations. */
function labelsOf(parts) {
  return parts.flatMap((part) => {
    const code = operationCode(part);
    return code === null ? integers(String(part), "labels", 0, LIMITS.label) : [code];
  });
}

/** A module as NAS-Bench writes it: {"module_adjacency": ..., "module_operations": ...}. */
function fromModule(text) {
  let module;
  try { module = JSON.parse(text.replaceAll("'", '"')); } catch { throw new InputError("this is no JSON; write {\"module_adjacency\": [[0, 1], [0, 0]], \"module_operations\": [\"input\", \"output\"]}"); }
  const [adjacency, operations] = [module?.module_adjacency ?? module?.matrix ?? module?.fixed_metrics?.module_adjacency, module?.module_operations ?? module?.ops ?? module?.fixed_metrics?.module_operations];
  if (!Array.isArray(adjacency)) throw new InputError('the JSON has no "module_adjacency"');
  const [n, edges] = fromMatrix(adjacency);
  return [makeGraph(n, edges, Array.isArray(operations) ? labelsOf(operations) : null)];
}

/** Pairs in round brackets, as NetworkX prints edges; an EdgeView is undirected. */
function fromPairs(text) {
  const undirected = /(^|[^t])EdgeView/.test(text);
  const edges = [...text.matchAll(/\(\s*(\d{1,6})\s*,\s*(\d{1,6})\s*[,)]/g)].map(([, i, j]) => [Number(i), Number(j)]);
  const n = Math.max(...edges.flat()) + 1;
  checkSize(n);
  return [makeGraph(n, undirected ? edges.flatMap(([i, j]) => [[i, j], [j, i]]) : edges)];
}

/** Matrices as JSON, or as NumPy, PyTorch and JAX print them; after each, if you like, its labels. */
function fromMatrices(text) {
  const json = text.replace(/\b(?:\w+\.)?(?:array|tensor|Array|matrix)\(/g, "").replace(/,?\s*(?:dtype|device)\s*=\s*['\w.:]+/g, "").replace(/\)/g, "")
    .replace(/\bTrue\b/g, "1").replace(/\bFalse\b/g, "0").replace(/(\d)\.0*(?=[\s,\]])/g, "$1")
    .replace(/(\d)\s+(?=\d)/g, "$1,").replace(/\]\s*,?\s*\[/g, "],[").replaceAll("'", '"');
  let values;
  try {
    values = JSON.parse(`[${json.trim().replace(/,$/, "")}]`);
  } catch {
    throw new InputError("the brackets do not form matrices: write [[0,1],[0,0]], and a second one after it");
  }
  if (values.length === 1 && Array.isArray(values[0]?.[0]?.[0])) values = values[0];
  const graphs = [];
  for (const value of values) {
    if (Array.isArray(value?.[0])) graphs.push([...fromMatrix(value)]);
    else if (graphs.length && Array.isArray(value)) graphs[graphs.length - 1][2] = labelsOf(value);
    else throw new InputError("a list of labels must follow its matrix");
  }
  if (graphs.length < 1 || graphs.length > 2) throw new InputError(`${graphs.length} matrices; give one or two`);
  return graphs.map(([n, edges, labels]) => makeGraph(n, edges, labels));
}

/** graph6, the format of graph collections: an undirected graph in printable characters. */
function fromGraph6(text) {
  const bytes = [...text.replace(/^>>graph6<</, "")].map((c) => c.charCodeAt(0) - 63);
  if (bytes.some((b) => b < 0 || b > 63)) throw new InputError("this is no graph6: it holds a character outside ? to ~");
  if (bytes[0] === 63) throw new InputError(`this graph6 has more than 62 vertices; at most ${LIMITS.vertices} are drawn`);
  const n = bytes[0];
  checkSize(n);
  const wanted = Math.ceil((n * (n - 1)) / 12);
  if (bytes.length - 1 !== wanted) throw new InputError(`this graph6 says ${n} vertices, which takes ${wanted} more characters; it has ${bytes.length - 1}`);
  const edges = [];
  let bit = 0;
  for (let j = 1; j < n; j++) for (let i = 0; i < j; i++, bit++) {
    if ((bytes[1 + Math.floor(bit / 6)] >> (5 - (bit % 6))) & 1) edges.push([i, j], [j, i]);
  }
  return [makeGraph(n, edges)];
}

/** Lines or commas of "0 -> 1 -> 2" or "0 1" (directed), "0 -- 1" (undirected); names in place of numbers; "labels 0 1 2". */
function fromEdgeList(text) {
  const pairs = [];
  let labels = null;
  for (const line of text.split(/[\n,;]+/).map((part) => part.trim()).filter(Boolean)) {
    if (/^labels?\b/i.test(line)) {
      labels = labelsOf(line.replace(/^labels?:?\s*/i, "").split(/\s+/));
      continue;
    }
    const ends = /^\d+\s+\d+$/.test(line) ? line.split(/\s+/) : line.split(/\s*(?:->|→|--|-)\s*/);
    const undirected = line.includes("--");
    if (ends.length < 2 || !ends.every((end) => /^(\d{1,6}|[A-Za-z_]\w{0,20})$/.test(end))) throw new InputError(`"${line.slice(0, 30)}" is no edge; write 0 -> 1, or 0 -- 1 without a direction`);
    for (let k = 1; k < ends.length; k++) {
      pairs.push([ends[k - 1], ends[k]]);
      if (undirected) pairs.push([ends[k], ends[k - 1]]);
    }
  }
  if (!pairs.length && !labels) throw new InputError("there is nothing to read; write edges such as 0 -> 1");
  const named = pairs.flat().some((end) => !/^\d+$/.test(end));
  const names = [...new Set(pairs.flat())];
  const edges = pairs.map((pair) => pair.map((end) => (named ? names.indexOf(end) : Number(end))));
  const n = Math.max(labels ? labels.length : 0, ...edges.map((edge) => 1 + Math.max(...edge)), 0);
  return [makeGraph(n, edges, labels)];
}

/** One or two graphs from what a reader pastes, and the round of a link. InputError says what is wrong. */
export function read(text) {
  checkLength(text);
  const trimmed = text.trim();
  if (/(^|[&#?])a=/.test(trimmed)) {
    const pasted = trimmed.replace(/^.*#/, "");
    return decode(/%[0-9a-f]{2}/i.test(pasted) ? unescaped(pasted) : pasted);
  }
  return { graphs: graphsIn(trimmed) };
}

/** The graphs alone. */
export const parse = (text) => read(text).graphs;

function unescaped(text) {
  try { return decodeURIComponent(text); } catch { throw new InputError("the link is damaged: a % in it means nothing"); }
}

function graphsIn(text) {
  // No digit is a character of graph6, but both brackets are, and so are names.
  if (/^>>graph6<</.test(text) || (/^[?-~]+$/.test(text) && !/^labels?$/i.test(text))) return fromGraph6(text);
  if (text.startsWith("{")) return fromModule(text);
  if (/\(\s*\d{1,6}\s*,\s*\d{1,6}\s*[,)]/.test(text)) return fromPairs(text);
  return text.includes("[") ? fromMatrices(text) : fromEdgeList(text);
}
