// Graphs and their colours: arithmetic without a page, compared with Python's in the tests.
//
// A graph is {labels: [int], edges: [[i, j]], positions: [[x, y]]}, positions within 0..100. Colours
// are numbered by sorted signature, as `wl.refine` does, so that the numbers agree.

export const DIRECTIONS = ["in", "out", "both", "undirected"];
export const LIMITS = { vertices: 40, characters: 32768, label: 99 };

/** An error whose message is meant for the reader. */
export class InputError extends Error {}

export function integers(text, what, least, most) {
  if (text === "") return [];
  return text.split(",").map((part) => {
    if (!/^-?\d{1,6}$/.test(part.trim())) throw new InputError(`${what}: "${part.slice(0, 20)}" is no whole number`);
    const value = Number(part);
    if (value < least || value > most) throw new InputError(`${what}: ${value} is not within ${least}..${most}`);
    return value;
  });
}

export function checkLength(text) {
  if (text.length > LIMITS.characters) throw new InputError(`the text has ${text.length} characters; at most ${LIMITS.characters}`);
}

export function checkSize(n) {
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

// --- the places of a cell's vertices -----------------------------------------------------------

const MOST_LAYOUTS = 300_000; // of larger cells fewer heights are tried

/**
 * Places [x, y] of the vertices of a cell, as `draw.cell_layout`: x is the longest path from the
 * input; of all heights those with the fewest edges over a vertex, then crossings, then height.
 */
export function cellLayout(n, edges) {
  const depth = Array(n).fill(0);
  for (let v = 1; v < n; v++) depth[v] = 1 + Math.max(...edges.filter(([, j]) => j === v).map(([i]) => depth[i]));
  let heights = [0, 0.5, -0.5, 1, -1];
  const widest = Math.max(...depth.map((d) => depth.filter((other) => other === d).length));
  if (widest > 3) heights = [...heights, 1.5, -1.5]; // four side by side need more room
  while (heights.length ** (n - 2) > MOST_LAYOUTS) heights.pop();
  const beside = pairsOf(n).filter(([u, w]) => depth[u] === depth[w]);
  const over = edges.flatMap(([i, j]) => depth.flatMap((d, v) => (depth[i] < d && d < depth[j] ? [[i, j, v]] : [])));
  const meeting = pairsOf(edges.length).map(([a, b]) => [...edges[a], ...edges[b]]).filter(([i, j, k, m]) => i !== k && j !== m && Math.max(depth[i], depth[k]) < Math.min(depth[j], depth[m]));
  const y = Array(n).fill(0);
  const at = (i, j, x) => { const share = (x - depth[i]) / (depth[j] - depth[i]); return (1 - share) * y[i] + share * y[j]; };
  const cost = () => {
    let sum = 0;
    for (const height of y) sum += 0.1 * Math.abs(height);
    for (const [u, w] of beside) if (Math.abs(y[u] - y[w]) < 0.9) sum += 100;
    for (const [i, j, v] of over) if (Math.abs(at(i, j, depth[v]) - y[v]) < 0.35) sum += 20;
    for (const [i, j, k, m] of meeting) {
      const [left, right] = [Math.max(depth[i], depth[k]) + 1e-3, Math.min(depth[j], depth[m]) - 1e-3];
      if ((at(i, j, left) - at(k, m, left)) * (at(i, j, right) - at(k, m, right)) <= 0) sum += 3;
    }
    return sum;
  };
  let [best, least] = [[...y], Infinity];
  for (let number = 0; number < heights.length ** Math.max(n - 2, 0); number++) {
    for (let v = n - 2, rest = number; v > 0; v--, rest = Math.floor(rest / heights.length)) y[v] = heights[rest % heights.length];
    const now = cost();
    if (now < least - 1e-9) [best, least] = [[...y], now];
  }
  return best.map((height, v) => [depth[v], height]);
}

function pairsOf(n) {
  const pairs = [];
  for (let u = 0; u < n; u++) for (let w = u + 1; w < n; w++) pairs.push([u, w]);
  return pairs;
}
