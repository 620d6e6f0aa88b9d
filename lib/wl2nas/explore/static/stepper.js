// The stepper: draw a directed labelled graph, or two, and refine its colours round by round.
//
// One module, two hosts: anywidget calls `render` (JupyterLab, Colab), a plain page calls `mount`.
// The first half is arithmetic without a page, compared with Python's in the tests; the second
// half draws. Colours are numbered by sorted signature, as `wl.refine` does, so numbers agree.
//
// State as text, for links: round=1&cell=0&a=GRAPH&b=GRAPH, where GRAPH is
// vertices;edges;labels;positions, such as 3;0-1,1-2;0,0,1;10,50,50,50,90,50.

export const DIRECTIONS = ["in", "out", "both", "undirected"];
export const LIMITS = { vertices: 40, characters: 32768, label: 99 };
const FILLS = ["#F0E442", "#CC79A7", "#56B4E9", "#D55E00", "#dddddd", "#f6c9e0", "#999999"];

// --- graphs: {labels: [int], edges: [[i, j]], positions: [[x, y]]}, positions within 0..100 ------

export const PRESETS = {
  "path of five": ["5;0-1,1-0,1-2,2-1,2-3,3-2,3-4,4-3;0,0,0,0,0;8,50,29,50,50,50,71,50,92,50"],
  "hexagon, two triangles": [
    "6;0-1,1-0,1-2,2-1,2-3,3-2,3-4,4-3,4-5,5-4,5-0,0-5;0,0,0,0,0,0",
    "6;0-1,1-0,1-2,2-1,2-0,0-2,3-4,4-3,4-5,5-4,5-3,3-5;0,0,0,0,0,0;25,15,10,65,40,65,75,35,60,85,90,85",
  ],
  "chain of three": ["3;0-1,1-2;0,0,0"],
  "bridge, turned round": [
    "4;0-1,0-2,1-2,1-3,2-3;0,2,3,4;8,50,40,20,60,80,92,50",
    "4;0-1,0-2,2-1,1-3,2-3;0,2,3,4;8,50,40,20,60,80,92,50",
  ],
  "the opening puzzle": [
    "5;0-1,0-2,0-4,1-2,1-3,2-3,3-4;0,2,3,3,4;6,50,30,22,48,68,70,30,94,50",
    "5;0-1,0-2,0-4,1-2,1-3,2-3,3-4;0,3,2,3,4;6,50,30,22,48,68,70,30,94,50",
  ],
  "straight and crossed": [
    "8;0-1,0-2,1-3,2-4,3-5,4-6,5-7,6-7,1-5,2-6;0,0,0,0,0,0,0,0;5,50,28,15,28,85,50,30,50,70,72,15,72,85,95,50",
    "8;0-1,0-2,1-3,2-4,3-5,4-6,5-7,6-7,1-6,2-5;0,0,0,0,0,0,0,0;5,50,28,15,28,85,50,30,50,70,72,15,72,85,95,50",
  ],
};

/** An error whose message is meant for the reader. */
export class InputError extends Error {}

function integers(text, what, least, most) {
  if (text === "") return [];
  return text.split(",").map((part) => {
    if (!/^-?\d{1,6}$/.test(part.trim())) throw new InputError(`${what}: "${part.slice(0, 20)}" is no whole number`);
    const value = Number(part);
    if (value < least || value > most) throw new InputError(`${what}: ${value} is not within ${least}..${most}`);
    return value;
  });
}

function checkLength(text) {
  if (text.length > LIMITS.characters) throw new InputError(`the text has ${text.length} characters; at most ${LIMITS.characters}`);
}

function checkSize(n) {
  if (n > LIMITS.vertices) throw new InputError(`${n} vertices are too many to draw; at most ${LIMITS.vertices}`);
  if (n < 1) throw new InputError("a graph needs at least one vertex");
}

/** A checked graph from its parts; edges are sorted and doubles dropped. */
export function makeGraph(n, edges, labels, positions) {
  checkSize(n);
  const seen = new Map();
  for (const [i, j] of edges) {
    if (!(i >= 0 && i < n && j >= 0 && j < n)) throw new InputError(`edge ${i}-${j} leaves the vertices 0..${n - 1}`);
    if (i === j) throw new InputError(`edge ${i}-${j} is a loop; colour refinement here has none`);
    seen.set(i * n + j, [i, j]);
  }
  const names = labels && labels.length ? labels : Array(n).fill(0);
  if (names.length !== n) throw new InputError(`${names.length} labels for ${n} vertices; give one for each`);
  const graph = { labels: names, edges: [...seen.keys()].sort((a, b) => a - b).map((k) => seen.get(k)) };
  graph.positions = positions && positions.length === n ? positions : layout(n, graph.edges);
  return graph;
}

/** Longest path from a source as x where there is no cycle, otherwise a circle. */
function layout(n, edges) {
  const depth = Array(n).fill(0);
  for (let round = 0; round < n; round++) for (const [i, j] of edges) depth[j] = Math.max(depth[j], Math.min(n, depth[i] + 1));
  const deepest = Math.max(...depth);
  if (deepest >= n || deepest === 0) {
    return depth.map((_, v) => [50 + 40 * Math.sin((2 * Math.PI * v) / n), 50 - 40 * Math.cos((2 * Math.PI * v) / n)].map(Math.round));
  }
  const layers = depth.map((d, v) => depth.slice(0, v).filter((other) => other === d).length);
  return depth.map((d, v) => {
    const count = depth.filter((other) => other === d).length;
    // Single vertices of a layer stand above and below in turn: three in line would hide an edge.
    const shift = count === 1 && d > 0 && d < deepest ? (d % 2 ? -22 : 22) : 0;
    return [8 + (84 * d) / deepest, 50 + shift + (count > 1 ? 70 * (layers[v] / (count - 1) - 0.5) : 0)].map(Math.round);
  });
}

// --- colour refinement -------------------------------------------------------------------------

function compare(a, b) {
  for (let k = 0; k < Math.min(a.length, b.length); k++) {
    const order = Array.isArray(a[k]) ? compare(a[k], b[k]) : a[k] - b[k];
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function ranks(signatures) {
  const order = signatures.map((_, v) => v).sort((u, v) => compare(signatures[u], signatures[v]));
  const rank = Array(signatures.length);
  let number = -1;
  order.forEach((v, k) => {
    if (k === 0 || compare(signatures[order[k - 1]], signatures[v]) !== 0) number++;
    rank[v] = number;
  });
  return rank;
}

/** For every vertex the lists of neighbours that its signature holds: one list, or two for "both". */
export function neighbours(n, edges, direction) {
  const into = Array.from({ length: n }, () => []);
  const out = Array.from({ length: n }, () => []);
  const any = Array.from({ length: n }, () => new Set());
  for (const [i, j] of edges) {
    into[j].push(i);
    out[i].push(j);
    any[i].add(j);
    any[j].add(i);
  }
  if (direction === "in") return [into];
  if (direction === "out") return [out];
  if (direction === "both") return [into, out];
  return [any.map((set) => [...set])];
}

export function signatures(lists, colours) {
  return colours.map((colour, v) => [colour, ...lists.map((list) => list[v].map((u) => colours[u]).sort((a, b) => a - b))]);
}

/** Several graphs side by side as one, so that equal colours mean the same in all of them. */
export function union(graphs) {
  const labels = [];
  const edges = [];
  for (const graph of graphs) {
    for (const [i, j] of graph.edges) edges.push([i + labels.length, j + labels.length]);
    labels.push(...graph.labels);
  }
  return { labels, edges };
}

/** Colours after 0, 1, 2, ... rounds, until the partition is stable. */
export function refine(graph, direction) {
  const lists = neighbours(graph.labels.length, graph.edges, direction);
  const history = [ranks(graph.labels.map((label) => [label]))];
  for (;;) {
    const last = history[history.length - 1];
    const next = ranks(signatures(lists, last));
    if (Math.max(...next) === Math.max(...last)) return history;
    history.push(next);
  }
}

/** The first round after which two graphs, refined together, have different multisets; or null. */
export function separatingRound(history, sizeOfFirst) {
  const sorted = (list) => [...list].sort((a, b) => a - b).join();
  const round = history.findIndex((colours) => sorted(colours.slice(0, sizeOfFirst)) !== sorted(colours.slice(sizeOfFirst)));
  return round < 0 ? null : round;
}

/** X[u][v] = 1 / class size where stable colours agree: doubly stochastic, and A X = X B. */
export function doublyStochastic(colours, sizeOfFirst) {
  const first = colours.slice(0, sizeOfFirst);
  const second = colours.slice(sizeOfFirst);
  return first.map((c) => second.map((d) => (c === d ? 1 / second.filter((e) => e === c).length : 0)));
}

/** Why a graph is no cell, or null: a cycle, or a vertex on no path from the first to the last. */
export function cellProblem(graph) {
  const n = graph.labels.length;
  const out = neighbours(n, graph.edges, "out")[0];
  const state = Array(n).fill(0);
  const path = [];
  const visit = (v) => {
    state[v] = 1;
    path.push(v);
    for (const u of out[v]) {
      if (state[u] === 1) return [...path.slice(path.indexOf(u)), u];
      const cycle = state[u] === 0 ? visit(u) : null;
      if (cycle) return cycle;
    }
    state[v] = 2;
    path.pop();
    return null;
  };
  for (let v = 0; v < n; v++) {
    const cycle = state[v] === 0 ? visit(v) : null;
    if (cycle) return `this is no cell: it has the cycle ${cycle.join(" → ")}`;
  }
  const sources = graph.labels.map((_, v) => v).filter((v) => !graph.edges.some(([, j]) => j === v));
  const sinks = graph.labels.map((_, v) => v).filter((v) => !graph.edges.some(([i]) => i === v));
  if (n < 2 || sources.length !== 1 || sinks.length !== 1) {
    return `this is no cell: one input and one output are needed; without predecessor: ${sources.join(", ")}; without successor: ${sinks.join(", ")}`;
  }
  return null;
}

// --- text to graphs ----------------------------------------------------------------------------

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

// --- the page ----------------------------------------------------------------------------------

const STYLE = `
.wl-stepper { font: 15px/1.4 system-ui, sans-serif; color: #111; background: #fff; padding: 8px; box-sizing: border-box; max-width: 1100px; }
.wl-stepper * { box-sizing: border-box; }
.wl-stepper .row { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; margin: 6px 0; }
.wl-stepper button { font: inherit; padding: 5px 10px; border: 1px solid #555; border-radius: 4px; background: #f4f4f4; color: #111; cursor: pointer; }
.wl-stepper button[aria-pressed="true"] { background: #111; color: #fff; }
.wl-stepper button:disabled { color: #777; border-color: #bbb; cursor: default; }
.wl-stepper :focus-visible { outline: 3px solid #0072B2; outline-offset: 2px; }
.wl-stepper svg g[tabindex]:focus-visible circle { stroke: #0072B2; stroke-width: 4; }
.wl-stepper .grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 200px), 1fr)); gap: 10px; }
.wl-stepper section { border: 1px solid #bbb; border-radius: 6px; padding: 8px; min-width: 0; }
.wl-stepper h4 { margin: 0 0 4px; font-size: 15px; }
.wl-stepper svg { width: 100%; display: block; touch-action: none; }
.wl-stepper .editor svg { background: #fafafa; border: 1px dashed #999; max-width: 420px; }
.wl-stepper textarea, .wl-stepper input[type="text"] { font: 14px monospace; width: 100%; border: 1px solid #555; padding: 4px; }
.wl-stepper [role="alert"]:not(:empty) { border-left: 5px solid #D55E00; padding: 6px 10px; background: #fff3ea; overflow-wrap: anywhere; }
.wl-stepper .scroll { overflow-x: auto; max-height: 260px; overflow-y: auto; }
.wl-stepper table { border-collapse: collapse; font-size: 13px; }
.wl-stepper td, .wl-stepper th { border: 1px solid #ccc; padding: 1px 6px; text-align: left; font-weight: normal; white-space: nowrap; }
.wl-stepper th { background: #f4f4f4; }
.wl-stepper .swatch { display: inline-block; min-width: 1.6em; text-align: center; border: 1px solid #333; border-radius: 3px; color: #000; }
`;

const SVG = "http://www.w3.org/2000/svg";
const VIEW_NAMES = { in: "in: predecessors", out: "out: successors", both: "both, kept apart", undirected: "undirected: A + Aᵀ" };

/** The letter of a colour, as in the figures of the notebooks: a, b, ..., z, a1, b1, ... */
export const letter = (colour) => "abcdefghijklmnopqrstuvwxyz"[colour % 26] + (colour < 26 ? "" : Math.floor(colour / 26));
const fill = (colour) => FILLS[colour % FILLS.length];

/** An element with attributes, event handlers (on...) and children; text is never read as markup. */
function make(tag, attributes = {}, ...children) {
  const element = ["svg", "g", "circle", "line", "text", "polygon", "title", "rect"].includes(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** The lines of a graph; an arrow head unless there is an edge back or directions are not shown. */
function drawEdges(graph, directed) {
  const present = new Set(graph.edges.map((edge) => edge.join()));
  const parts = [];
  for (const [i, j] of graph.edges) {
    const back = present.has(`${j},${i}`);
    if (back && i > j) continue;
    const [x1, y1, x2, y2] = [...graph.positions[i], ...graph.positions[j]].map((c, k) => (k % 2 ? 0.7 * c : c));
    const length = Math.hypot(x2 - x1, y2 - y1) || 1;
    const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
    parts.push(make("line", { x1, y1, x2, y2, stroke: "#444", "stroke-width": 0.8 }));
    if (directed && !back) {
      const [tx, ty] = [x2 - 5 * ux, y2 - 5 * uy];
      const corner = (side) => `${tx - 3.6 * ux - side * 1.8 * uy},${ty - 3.6 * uy + side * 1.8 * ux}`;
      parts.push(make("polygon", { points: `${tx},${ty} ${corner(1)} ${corner(-1)}`, fill: "#444" }));
    }
  }
  return parts;
}

function drawVertex(graph, v, text, colour, attributes = {}) {
  const [x, y] = [graph.positions[v][0], 0.7 * graph.positions[v][1]];
  return make("g", { "data-vertex": v, ...attributes },
    make("circle", { cx: x, cy: y, r: 4.6, fill: colour, stroke: "#000", "stroke-width": attributes["aria-pressed"] === "true" ? 1.8 : 0.6 }),
    make("text", { x, y: y + 1.7, "text-anchor": "middle", "font-size": 5, fill: "#000" }, text),
    make("text", { x: x + 5.4, y: y + 6, "font-size": 3.8, fill: "#333" }, String(v)));
}

const canvas = (attributes, ...children) => make("svg", { viewBox: "0 0 100 70", ...attributes }, ...children);

function swatch(colour) {
  return make("span", { class: "swatch", style: `background:${fill(colour)}` }, letter(colour));
}

/** Everything about one direction at one round: what the drawing and the tables show. */
export function view(state, direction) {
  const whole = union(state.graphs);
  const history = refine(whole, direction);
  const last = history.length - 1;
  const round = Math.min(state.round, last);
  const first = state.graphs[0].labels.length;
  const separated = state.graphs.length === 2 ? separatingRound(history, first) : null;
  const lists = neighbours(whole.labels.length, whole.edges, direction);
  const sameSize = state.graphs.length === 2 && 2 * first === whole.labels.length;
  // One direction alone balances the classes one way only: no doubly stochastic X follows.
  const twoSided = direction === "both" || direction === "undirected";
  return {
    history, round, last, separated, first, colours: history[round],
    signatures: round === 0 ? null : signatures(lists, history[round - 1]),
    X: sameSize && separated === null && twoSided ? doublyStochastic(history[last], first) : null,
  };
}

/** One sentence on a direction: its classes, and whether two graphs are told apart. */
export function sentence(state, direction, shown = view(state, direction)) {
  const classes = new Set(shown.colours).size;
  const stable = shown.round === shown.last ? ", stable" : "";
  let text = `${classes} ${classes === 1 ? "class" : "classes"} after ${shown.round} ${shown.round === 1 ? "round" : "rounds"}${stable}`;
  if (state.graphs.length === 2) {
    if (shown.separated === null) text += "; never told apart";
    else text += shown.separated <= state.round ? `; told apart in round ${shown.separated}` : "; not told apart yet";
  }
  return `${text}.`;
}

function histogram(state, shown) {
  const sizes = [shown.colours.slice(0, shown.first), shown.colours.slice(shown.first)];
  const rows = [...new Set(shown.colours)].sort((a, b) => a - b).map((colour) => make("tr", {}, make("td", {}, swatch(colour)),
    ...state.graphs.map((_, k) => {
      const count = sizes[k].filter((c) => c === colour).length;
      return make("td", {}, `${"▇".repeat(Math.min(count, 12))} ${count}`);
    })));
  const names = state.graphs.length === 2 ? ["graph A", "graph B"] : ["vertices"];
  return make("table", {}, make("tr", {}, make("th", {}, "colour"), ...names.map((name) => make("th", {}, name))), ...rows);
}

function signatureTable(state, direction, shown) {
  if (!shown.signatures) return make("p", {}, "In round 0 the colour of a vertex is its label.");
  const names = direction === "both" ? ["predecessors", "successors"] : [{ in: "predecessors", out: "successors", undirected: "neighbours" }[direction]];
  const rows = shown.signatures.map((signature, v) => {
    const which = v < shown.first ? String(v) : `B ${v - shown.first}`;
    const cells = signature.map((part) => make("td", {}, Array.isArray(part) ? `{${part.map(letter).join(", ")}}` : letter(part)));
    return make("tr", {}, make("td", {}, which), ...cells, make("td", {}, swatch(shown.colours[v])));
  });
  return make("table", {}, make("tr", {}, ...["vertex", "old", ...names, "new"].map((name) => make("th", {}, name))), ...rows);
}

function matrixTable(X) {
  const text = (value) => (value === 0 ? "0" : value === 1 ? "1" : `1/${Math.round(1 / value)}`);
  return make("table", {}, ...X.map((row) => make("tr", {}, ...row.map((value) => make("td", {}, text(value))))));
}

/**
 * Show the stepper in an element, from a state as text; `onChange(text)` is told of every change.
 * Returns {get, set, problems}: the state, a way to set it, and the exceptions that were caught.
 */
export function mount(element, start, onChange = () => {}) {
  let state = { round: 0, cell: false, graphs: [decodeGraph(PRESETS["path of five"][0])] };
  let selected = null; // [graph, vertex]
  const open = new Set();
  const problems = [];
  const alert = make("div", { role: "alert" });
  const status = make("p", { role: "status", "aria-live": "polite" });
  const root = make("div", { class: "wl-stepper", "data-lm-suppress-shortcuts": "true" });

  /** Run a handler; what goes wrong is shown, and the state from before is kept. */
  const guarded = (action) => (event) => {
    try {
      alert.textContent = "";
      action(event);
    } catch (error) {
      problems.push(String(error));
      alert.textContent = error instanceof InputError ? `This was not read: ${error.message}.` : `This did not work. ${error}`;
    }
  };
  const change = (next, focus) => {
    state = checked({ ...state, ...next });
    if (selected && !(selected[1] < (state.graphs[selected[0]]?.labels.length ?? 0))) selected = null;
    state.round = Math.max(0, Math.min(state.round, lastRound()));
    render(focus);
    onChange(encode(state));
  };
  const lastRound = () => Math.max(...DIRECTIONS.map((direction) => refine(union(state.graphs), direction).length - 1));
  const button = (text, action, attributes = {}) => make("button", { type: "button", "data-focus": text, onclick: guarded(action), ...attributes }, text);

  const replaceGraph = (k, graph, focus) => change({ graphs: state.graphs.map((old, i) => (i === k ? graph : old)), round: 0 }, focus);
  const edit = (k, edges, labels, positions, focus) => replaceGraph(k, makeGraph(labels.length, edges, labels, positions), focus);
  const toggleEdge = (k, i, j) => {
    const { edges, labels, positions } = state.graphs[k];
    const rest = edges.filter(([a, b]) => a !== i || b !== j);
    edit(k, rest.length < edges.length ? rest : [...edges, [i, j]], labels, positions, `vertex ${k} ${j}`);
  };
  const addVertex = (k, position) => {
    const { edges, labels, positions } = state.graphs[k];
    selected = [k, labels.length];
    edit(k, edges, [...labels, 0], [...positions, position ?? freePlace(positions)], `vertex ${k} ${labels.length}`);
  };
  const freePlace = (positions) => {
    for (let k = 0; ; k++) {
      const place = [12 + ((k * 25) % 100), 15 + 23 * (Math.floor(k / 4) % 4)];
      if (k > 15 || positions.every(([x, y]) => Math.hypot(x - place[0], y - place[1]) > 9)) return place;
    }
  };
  const withSelected = (action) => () => {
    if (!selected) throw new InputError("no vertex is selected; choose one in the drawing first");
    action(state.graphs[selected[0]], ...selected);
  };
  const deleteVertex = withSelected((graph, k, v) => {
    if (graph.labels.length === 1) throw new InputError("the last vertex stays; a graph needs one");
    const rename = (u) => u - (u > v);
    const edges = graph.edges.filter((edge) => !edge.includes(v)).map((edge) => edge.map(rename));
    selected = null;
    edit(k, edges, graph.labels.toSpliced(v, 1), graph.positions.toSpliced(v, 1));
  });
  const relabel = (step) => withSelected((graph, k, v) => {
    const label = (graph.labels[v] + step + LIMITS.label + 1) % (LIMITS.label + 1);
    edit(k, graph.edges, graph.labels.with(v, label), graph.positions);
  });
  const move = (dx, dy) => withSelected((graph, k, v) => {
    const clamp = (c) => Math.max(5, Math.min(95, Math.round(c)));
    const place = [clamp(graph.positions[v][0] + dx), clamp(graph.positions[v][1] + dy)];
    change({ graphs: state.graphs.map((old, i) => (i === k ? { ...graph, positions: graph.positions.with(v, place) } : old)) }, `vertex ${k} ${v}`);
  });

  /** A first choice selects; a second one in the same graph joins, or takes the edge away. */
  const choose = (k, v) => {
    if (selected && selected[0] === k && selected[1] !== v) {
      const from = selected[1];
      selected = null;
      toggleEdge(k, from, v);
    } else {
      selected = selected && selected[1] === v && selected[0] === k ? null : [k, v];
      render(`vertex ${k} ${v}`);
    }
  };
  const KEYS = { ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, -5], ArrowDown: [0, 5] };
  const onKey = (k, v) => guarded((event) => {
    if (event.key === "Enter" || event.key === " ") choose(k, v);
    else if (event.key === "Delete" || event.key === "Backspace") { selected = [k, v]; deleteVertex(); }
    else if (KEYS[event.key]) { selected = [k, v]; move(...KEYS[event.key])(); }
    else return;
    event.preventDefault();
  });

  function editor(k) {
    const graph = state.graphs[k];
    const vertices = graph.labels.map((label, v) => drawVertex(graph, v, String(label), "#fff", {
      tabindex: 0, role: "button", "data-focus": `vertex ${k} ${v}`, style: "cursor: pointer",
      "aria-pressed": String(Boolean(selected && selected[0] === k && selected[1] === v)),
      "aria-label": `vertex ${v}, label ${label}, edges to ${graph.edges.filter(([i]) => i === v).map(([, j]) => j).join(", ") || "none"}`,
      onkeydown: onKey(k, v),
    }));
    const drawing = canvas({ "data-graph": k, role: "group", "aria-label": `graph ${"AB"[k]}, for editing` }, ...drawEdges(graph, true), ...vertices);
    const place = (event) => {
      const box = drawing.getBoundingClientRect();
      return [(100 * (event.clientX - box.left)) / box.width, (100 * (event.clientY - box.top)) / box.height].map((c) => Math.max(5, Math.min(95, Math.round(c))));
    };
    const vertexOf = (event) => event.target.closest("[data-vertex]")?.getAttribute("data-vertex") ?? null;
    let pressed = null;
    drawing.addEventListener("pointerdown", guarded((event) => { pressed = { vertex: vertexOf(event), at: place(event) }; }));
    drawing.addEventListener("pointerup", guarded((event) => {
      if (!pressed) return;
      const { vertex, at } = pressed;
      const [x, y] = place(event);
      pressed = null;
      const dragged = Math.hypot(x - at[0], y - at[1]) > 4;
      if (vertex === null) { if (!dragged) addVertex(k, [x, y]); }
      else if (dragged) { selected = [k, Number(vertex)]; move(x - graph.positions[vertex][0], y - graph.positions[vertex][1])(); }
      else choose(k, Number(vertex));
    }));
    return make("section", { class: "editor" }, make("h4", {}, state.graphs.length === 2 ? `Graph ${"AB"[k]}` : "The graph"), drawing,
      make("div", { class: "row" }, button(`Add vertex${k ? " to B" : ""}`, () => addVertex(k))));
  }

  function panel(direction) {
    const shown = view(state, direction);
    let offset = 0;
    const drawings = state.graphs.map((graph, k) => {
      const colours = shown.colours.slice(offset, (offset += graph.labels.length));
      const label = `graph ${"AB"[k]}, colours ${colours.map(letter).join(" ")}`;
      return canvas({ role: "img", "aria-label": label }, ...drawEdges(graph, direction !== "undirected"),
        ...colours.map((colour, v) => drawVertex(graph, v, letter(colour), fill(colour))));
    });
    const details = make("details", { open: open.has(direction), ontoggle: (event) => open[event.target.open ? "add" : "delete"](direction) },
      make("summary", { "data-focus": `details ${direction}` }, "Signatures and histogram"),
      make("div", { class: "scroll" }, histogram(state, shown), signatureTable(state, direction, shown)));
    const parts = [make("h4", {}, VIEW_NAMES[direction]), ...drawings, make("p", {}, sentence(state, direction, shown)), details];
    if (shown.X) {
      const name = direction === "both" ? "A X = X B and Aᵀ X = X Bᵀ" : "A X = X B for the skeletons";
      parts.push(make("details", { open: true }, make("summary", {}, `Doubly stochastic X with ${name}`), make("div", { class: "scroll" }, matrixTable(shown.X))));
    }
    return make("section", { "data-direction": direction }, ...parts);
  }

  // A browser takes minutes to lay out a megabyte of lines: it is refused before it is inserted.
  const refuseLong = (transfer) => guarded((event) => {
    const arriving = event[transfer]?.getData("text") ?? "";
    if (arriving.length > LIMITS.characters) event.preventDefault();
    checkLength(arriving);
  });
  const text = make("textarea", { rows: 4, onpaste: refuseLong("clipboardData"), ondrop: refuseLong("dataTransfer"), spellcheck: "false", "aria-label": "graph as text", "data-focus": "text",
    placeholder: "0 -> 1, 1 -> 2, labels 0 0 1   or   0 -- 1   or   graph6   or   [[0,1],[0,0]], one matrix or two" });
  const link = make("input", { type: "text", readonly: true, "aria-label": "state to copy", "data-focus": "link" });
  const reading = make("section", {}, make("h4", {}, "Paste a graph, two matrices, or a copied state"), text,
    make("div", { class: "row" }, button("Read", () => { selected = null; change({ graphs: parse(text.value), round: 0 }, "Read"); })),
    make("h4", {}, "Copy this to send the graph and the round"), link);

  function controls() {
    const last = lastRound();
    const goto = (round) => change({ round }, "slider");
    // JupyterLab takes the arrow keys away from a slider, so that they are handled here.
    const targets = { ArrowLeft: state.round - 1, ArrowDown: state.round - 1, ArrowRight: state.round + 1, ArrowUp: state.round + 1, Home: 0, End: last };
    const slider = make("input", { type: "range", min: 0, max: last, value: state.round, "aria-label": "round", "data-focus": "slider",
      oninput: guarded((event) => goto(Number(event.target.value))),
      onkeydown: guarded((event) => {
        if (!(event.key in targets)) return;
        event.preventDefault();
        goto(targets[event.key]);
      }) });
    slider.value = state.round;
    return [
      make("div", { class: "row" }, ...Object.keys(PRESETS).map((name) => button(name, () => { selected = null; change({ cell: false, graphs: PRESETS[name].map(decodeGraph), round: 0 }, name); }))),
      make("div", { class: "row" }, button("◀ Back", () => change({ round: state.round - 1 }, "◀ Back"), { disabled: state.round === 0 }),
        slider, button("Step ▶", () => change({ round: state.round + 1 }, "Step ▶"), { disabled: state.round >= last }),
        make("strong", {}, `Round ${state.round} of ${last}`), button("Reset", () => set(start))),
    ];
  }

  function tools() {
    const two = state.graphs.length === 2;
    const about = selected ? `Vertex ${selected[1]} of graph ${"AB"[selected[0]]} is selected: choose another to draw or remove the edge to it.` : "Click empty space to add a vertex; click a vertex to select it.";
    return make("div", {}, make("p", {}, about), make("div", { class: "row" },
      button("Label +", relabel(1), { disabled: !selected }), button("Label −", relabel(-1), { disabled: !selected }), button("Delete vertex", deleteVertex, { disabled: !selected }),
      button(two ? "Only graph A" : "Second graph", () => change({ graphs: two ? [state.graphs[0]] : [state.graphs[0], state.graphs[0]], round: 0 })),
      button("Must be a cell", () => change({ cell: !state.cell }, "Must be a cell"), { "aria-pressed": String(state.cell) })));
  }

  /** Draw everything anew, and put the focus back where it was. */
  function render(focus = document.activeElement?.getAttribute?.("data-focus")) {
    link.value = encode(state);
    status.textContent = `Round ${state.round}. ` + DIRECTIONS.map((direction) => `${direction}: ${sentence(state, direction)}`).join(" ");
    root.replaceChildren(make("style", {}, STYLE), ...controls(), alert, status, make("div", { class: "grid" }, ...DIRECTIONS.map(panel)), make("h4", { style: "margin-top: 12px" }, "Draw"), tools(),
      make("div", { class: "grid" }, ...state.graphs.map((_, k) => editor(k)), reading));
    if (focus) root.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
  }
  function set(encoded) {
    selected = null;
    change(decode(encoded));
  }

  const first = encode(state);
  element.replaceChildren(root);
  render();
  if (start) guarded(() => set(start))();
  return { get: () => encode(state), set: (encoded) => guarded(() => set(encoded))(), problems };
}

// --- JupyterLab and Colab, through anywidget -----------------------------------------------------

export default {
  render({ model, el }) {
    const stepper = mount(el, model.get("state"), (encoded) => {
      model.set("state", encoded);
      model.save_changes();
    });
    const follow = () => model.get("state") !== stepper.get() && stepper.set(model.get("state"));
    model.on("change:state", follow);
    return () => model.off("change:state", follow);
  },
};
