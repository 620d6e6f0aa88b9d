// Graphs as text: the state of the stepper in a link, and what a reader pastes.
//
// State: round=1&cell=0&a=GRAPH&b=GRAPH, where GRAPH is vertices;edges;labels;positions, such as
// 3;0-1,1-2;0,0,1;10,50,50,50,90,50.

import { InputError, LIMITS, cellProblem, checkLength, checkSize, integers, makeGraph } from "./graphs.js";

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
  return checked({ round, cell: parts.get("cell") === "1", graphs });
}

function checked(state) {
  const problem = state.cell ? state.graphs.map(cellProblem).find(Boolean) : null;
  if (problem) throw new InputError(problem);
  return state;
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

/** JSON or NumPy text: a matrix, or two; after each, if you like, a list of labels. */
function fromMatrices(text) {
  const json = text.replace(/(\d)\.?(?=[\s\]])/g, "$1").replace(/(\d)\s+(?=\d)/g, "$1,").replace(/(?<!\])\]\s+\[/g, "],[").replace(/\]\s*\[/g, "],[").replace(/array\(|\)/g, "").replace(/\bTrue\b/g, "1").replace(/\bFalse\b/g, "0");
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
    else if (graphs.length && Array.isArray(value)) graphs[graphs.length - 1][2] = integers(value.join(","), "labels", 0, LIMITS.label);
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

/** Lines or commas of "0 -> 1" or "0 1" (directed), "0 -- 1" (undirected); "labels 0 1 2". */
function fromEdgeList(text) {
  const edges = [];
  let labels = null;
  for (const line of text.split(/[\n,;]+/).map((part) => part.trim()).filter(Boolean)) {
    if (/^labels?\b/i.test(line)) {
      labels = integers(line.replace(/^labels?:?\s*/i, "").split(/\s+/).join(","), "labels", 0, LIMITS.label);
      continue;
    }
    const found = /^(\d{1,6})\s*(--|->|→|-|\s)\s*(\d{1,6})$/.exec(line);
    if (!found) throw new InputError(`"${line.slice(0, 30)}" is no edge; write 0 -> 1, or 0 -- 1 without a direction`);
    const [i, j] = [Number(found[1]), Number(found[3])];
    edges.push([i, j]);
    if (found[2] === "--") edges.push([j, i]);
  }
  if (!edges.length && !labels) throw new InputError("there is nothing to read; write edges such as 0 -> 1");
  const n = Math.max(labels ? labels.length : 0, ...edges.map((edge) => 1 + Math.max(...edge)), 0);
  return [makeGraph(n, edges, labels)];
}

/** One or two graphs from what a reader pastes. Throws InputError that says what is wrong. */
export function parse(text) {
  checkLength(text);
  const trimmed = text.trim();
  if (/(^|&|#)a=/.test(trimmed)) return decode(trimmed.replace(/^.*#/, "")).graphs;
  // No digit is a character of graph6, but both brackets are.
  if (/^>>graph6<</.test(trimmed) || /^[?-~]+$/.test(trimmed)) return fromGraph6(trimmed);
  if (trimmed.includes("[")) return fromMatrices(trimmed);
  return fromEdgeList(trimmed);
}
