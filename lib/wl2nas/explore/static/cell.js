// Cells: which are legal and why not, their canonical form, the cells that share a skeleton.
//
// A cell is {ops: [code], matrix: [[0 or 1]]} with edges from lower to higher vertices; a draft is the
// same before anybody asked whether it is legal. A draw is what a decoder says: as many places as
// the rules have vertices, and `padding`, true where a place holds none. All as in Python's
// `wl2nas.cells`; the rules come with the models' file.

export const emptyMatrix = (n) => Array.from({ length: n }, () => Array(n).fill(0));

/** The edges [i, j] of a matrix, sorted. */
export const edgesOf = (matrix) => matrix.flatMap((row, i) => row.flatMap((entry, j) => (entry ? [[i, j]] : [])));

export function fromEdges(ops, edges) {
  const matrix = emptyMatrix(ops.length);
  for (const [i, j] of edges) matrix[i][j] = 1;
  return { ops, matrix };
}

/** New vertex k is order[k] of the old ones. */
export const reorder = ({ ops, matrix }, order) => ({ ops: order.map((v) => ops[v]), matrix: order.map((v) => order.map((w) => matrix[v][w])) });

/** A cell or draft on all the places that its rules have. */
export function padded({ ops, matrix }, { maxVertices }) {
  const wide = emptyMatrix(maxVertices);
  for (const [i, j] of edgesOf(matrix)) wide[i][j] = 1;
  const place = Array.from({ length: maxVertices }, (_, v) => v);
  return { ops: place.map((v) => ops[v] ?? -1), matrix: wide, padding: place.map((v) => v >= ops.length) };
}

/** The real vertices of a draw, padding and its edges dropped. */
export const withoutPadding = (draw) => reorder(draw, draw.padding.flatMap((isPadding, v) => (isPadding ? [] : [v])));

// --- validity ----------------------------------------------------------------------------------

/** Why a draft is no cell as it stands, in the words of Python's `Rules.check`; null if it is one. */
export function strictProblem({ ops, matrix }, { operations, maxVertices, maxEdges }) {
  const [n, output, edges] = [ops.length, operations.length - 1, edgesOf(matrix)];
  if (n < 2 || n > maxVertices) return `a cell has 2 to ${maxVertices} vertices; this one has ${n}`;
  if (edges.length > maxEdges) return `a cell has at most ${maxEdges} edges; this one has ${edges.length}`;
  if (ops[0] !== 0 || ops[n - 1] !== output || ops.slice(1, -1).some((op) => op === 0 || op === output)) {
    return `ops must start with '${operations[0]}', end with '${operations[output]}' and use both only there`;
  }
  const entered = (v) => v === 0 || edges.some(([, j]) => j === v);
  const left = (v) => v === n - 1 || edges.some(([i]) => i === v);
  const vertices = ops.map((_, v) => v);
  const stranded = [...vertices.filter((v) => !entered(v)), ...vertices.filter((v) => !left(v))];
  return stranded.length ? `the cell is disconnected: vertex ${stranded[0]} is on no path from input to output` : null;
}

/** For every vertex whether it lies on a path from the first to the last; edges point forwards. */
export function onAPath(matrix) {
  const n = matrix.length;
  const reached = Array.from({ length: n }, (_, v) => v === 0);
  const reaches = Array.from({ length: n }, (_, v) => v === n - 1);
  for (let j = 0; j < n; j++) for (let i = 0; i < j; i++) if (matrix[i][j] && reached[i]) reached[j] = true;
  for (let i = n - 1; i >= 0; i--) for (let j = n - 1; j > i; j--) if (matrix[i][j] && reaches[j]) reaches[i] = true;
  return reached.map((yes, v) => yes && reaches[v]);
}

/** Why a draw does not count as valid by the published rule, prune first and ignore padding; or null. */
export function publishedProblem({ ops, matrix }, { operations, maxEdges }) {
  const [last, output] = [ops.length - 1, operations.length - 1];
  const kept = onAPath(matrix);
  if (!kept[0]) {
    return ops[last] === output ? `no path leads from place 0 to place ${last}` : `the output must stand in place ${last}: smaller cells never count`;
  }
  if (ops[0] !== 0) return `place 0 holds no ${operations[0]}`;
  if (ops[last] !== output) return `place ${last} holds no ${operations[output]}`;
  const odd = ops.findIndex((op, v) => v > 0 && v < last && kept[v] && !(op > 0 && op < output));
  if (odd >= 0) return `place ${odd} holds ${operations[ops[odd]] ?? "padding"}, and lies on a path`;
  const edges = edgesOf(matrix).filter(([i, j]) => kept[i] && kept[j]).length;
  return edges > maxEdges ? `${edges} edges are left after pruning; ${maxEdges} are allowed` : null;
}

// --- one form for every cell -------------------------------------------------------------------

function permutations(list) {
  if (list.length < 2) return [list];
  return list.flatMap((first, k) => permutations(list.toSpliced(k, 1)).map((rest) => [first, ...rest]));
}

const innerOrders = new Map(); // by number of vertices: input first, output last

function ordersOf(n) {
  if (!innerOrders.has(n)) innerOrders.set(n, permutations(Array.from({ length: n - 2 }, (_, k) => k + 1)).map((inner) => [0, ...inner, n - 1]));
  return innerOrders.get(n);
}

const edgeBit = (i, j) => 2 ** (i + (j * (j - 1)) / 2);

/**
 * The representative of a legal cell: {cell, order}; its vertex k is order[k] of the given one.
 * Smallest adjacency bits, then smallest labelling, as Python's `canonical_form`.
 */
export function canonical(cell, { digits }) {
  const edges = edgesOf(cell.matrix);
  let best = null;
  for (const order of ordersOf(cell.ops.length)) {
    const place = [];
    order.forEach((v, k) => { place[v] = k; });
    if (edges.some(([i, j]) => place[i] > place[j])) continue;
    const key = [edges.reduce((bits, [i, j]) => bits + edgeBit(place[i], place[j]), 0), ...order.slice(1, -1).map((v) => digits[cell.ops[v]])];
    const differs = best ? key.findIndex((part, k) => part !== best.key[k]) : 0;
    if (!best || (differs >= 0 && key[differs] < best.key[differs])) best = { key, order };
  }
  return { cell: reorder(cell, best.order), order: best.order };
}

const edgeBits = ({ maxVertices }) => (maxVertices * (maxVertices - 1)) / 2;
const digitBits = ({ operations }) => Math.floor(Math.log2(operations.length - 2)) + 1;

/** A cell in the form in which it stands as one whole number, Python's `encode`. */
export function codeOf({ ops, matrix }, rules) {
  const base = 2 ** digitBits(rules);
  let code = edgesOf(matrix).reduce((bits, [i, j]) => bits + edgeBit(i, j), 0);
  for (let place = 0; place < rules.maxVertices - 2; place++) {
    const digit = place < ops.length - 2 ? rules.digits[ops[place + 1]] : base - 1;
    code += digit * base ** place * 2 ** edgeBits(rules);
  }
  return code;
}

/** The cell of a code. */
export function cellOf(code, rules) {
  const base = 2 ** digitBits(rules);
  const ops = [0];
  let rest = Math.floor(code / 2 ** edgeBits(rules));
  for (; ops.length < rules.maxVertices - 1 && rest % base !== base - 1; rest = Math.floor(rest / base)) ops.push(rules.digits.indexOf(rest % base));
  ops.push(rules.operations.length - 1);
  const matrix = emptyMatrix(ops.length);
  for (let j = 1; j < ops.length; j++) for (let i = 0; i < j; i++) matrix[i][j] = Math.floor(code / edgeBit(i, j)) % 2;
  return { ops, matrix };
}

// --- the skeleton ------------------------------------------------------------------------------

/** The vertices in an order in which all edges point forwards, or null where there is a cycle. */
function forwards(n, edges) {
  const order = [];
  const open = Array(n).fill(0);
  for (const [, j] of edges) open[j]++;
  for (let v = open.indexOf(0); v >= 0; v = open.indexOf(0)) {
    order.push(v);
    open[v] = -1;
    for (const [i, j] of edges) if (i === v) open[j]--;
  }
  return order.length === n ? order : null;
}

/**
 * All cells with the skeleton of a legal cell, each in canonical form, itself among them, by code.
 * Every way to direct the edges is tried: the input must stay the only source, the output the only sink.
 */
export function sameSkeleton(cell, rules) {
  const [n, edges, found] = [cell.ops.length, edgesOf(cell.matrix), new Map()];
  for (let turned = 0; turned < 2 ** edges.length; turned++) {
    const directed = edges.map(([i, j], k) => (Math.floor(turned / 2 ** k) % 2 ? [j, i] : [i, j]));
    const sources = cell.ops.filter((_, v) => !directed.some(([, j]) => j === v)).length;
    const sinks = cell.ops.filter((_, v) => !directed.some(([i]) => i === v)).length;
    if (sources !== 1 || sinks !== 1 || directed.some(([i, j]) => j === 0 || i === n - 1)) continue;
    const order = forwards(n, directed);
    if (!order) continue;
    const form = canonical(reorder(fromEdges(cell.ops, directed), order), rules).cell;
    found.set(codeOf(form, rules), form);
  }
  return [...found].sort(([a], [b]) => a - b).map(([, form]) => form);
}
