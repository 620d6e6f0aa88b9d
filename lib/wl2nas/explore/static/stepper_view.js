// What the stepper shows of a state: one direction at one round, in numbers, words and drawings.

import { DIRECTIONS, doublyStochastic, neighbours, refine, separatingRound, signatures, union } from "./graphs.js";
import { classFills, classLetter, edgeLine, make } from "./parts.js";

export const VIEW_NAMES = { in: "in: predecessors", out: "out: successors", both: "both, kept apart", undirected: "undirected: A + Aᵀ" };
const DISC = 4.6; // the radius of a vertex, in the units of positions
export const SHORT_NAMES = { in: "in", out: "out", both: "both", undirected: "A + Aᵀ" };
const SEEN = { in: ["predecessors"], out: ["successors"], both: ["predecessors", "successors"], undirected: ["neighbours"] };

/**
 * Names for the classes of every round that a class keeps until it splits: the largest part keeps
 * it (of equal ones the first), the others get new ones. The numbers of `refine` stay what they are.
 */
export function lastingNames(history) {
  let names = history[0];
  let next = Math.max(...names) + 1;
  const all = [names];
  for (const colours of history.slice(1)) {
    const parts = new Map(); // of every old name: the new colours and their sizes
    colours.forEach((colour, v) => {
      const sizes = parts.get(names[v]) ?? parts.set(names[v], new Map()).get(names[v]);
      sizes.set(colour, (sizes.get(colour) ?? 0) + 1);
    });
    const renamed = new Map();
    for (const [name, sizes] of [...parts].sort(([a], [b]) => a - b)) {
      const order = [...sizes].sort(([a, m], [b, n]) => n - m || a - b);
      order.forEach(([colour], k) => renamed.set(colour, k === 0 ? name : next++));
    }
    names = colours.map((colour) => renamed.get(colour));
    all.push(names);
  }
  return all;
}

/** Everything about one direction at the round of a state; one round past the last shows why it stays. */
export function view(state, direction) {
  const whole = union(state.graphs);
  const history = refine(whole, direction);
  const last = history.length - 1;
  const round = Math.min(state.round, last);
  const names = lastingNames(history);
  const first = state.graphs[0].labels.length;
  const separated = state.graphs.length === 2 ? separatingRound(history, first) : null;
  const lists = neighbours(whole.labels.length, whole.edges, direction);
  const sameSize = state.graphs.length === 2 && 2 * first === whole.labels.length;
  // One direction alone balances the classes one way only: no doubly stochastic X follows.
  const twoSided = direction === "both" || direction === "undirected";
  const before = state.round > last ? last : round - 1;
  return {
    history, round, last, separated, first, lists, colours: history[round], names: names[round], before: names[Math.max(before, 0)],
    stable: state.round >= last, beyond: state.round > last,
    signatures: state.round === 0 ? null : signatures(lists, names[before]),
    X: sameSize && separated === null && twoSided ? doublyStochastic(history[last], first) : null,
  };
}

/** The last round of any direction, and one more in which nothing happens. */
export const lastRound = (state) => 1 + Math.max(...DIRECTIONS.map((direction) => refine(union(state.graphs), direction).length - 1));

/** One sentence on a direction: its classes, and whether two graphs are told apart. */
export function sentence(state, direction, shown = view(state, direction)) {
  const classes = new Set(shown.colours).size;
  let text = `${classes} ${classes === 1 ? "class" : "classes"}`;
  if (shown.beyond) text += ", stable: in every class all see alike, so nothing changed";
  else if (shown.stable) text += ", stable";
  if (state.graphs.length === 2) {
    if (shown.separated === null) text += "; never told apart";
    else text += shown.separated <= state.round ? `; told apart in round ${shown.separated}` : "; not told apart yet";
  }
  return `${text}.`;
}

export function swatch(name) {
  return make("span", { class: "swatch", style: `background: linear-gradient(90deg, ${classFills(name).map((fill, k) => `${fill} ${50 * k}% ${50 * k + 50}%`).join(", ")})` }, classLetter(name));
}

/** What a vertex sees, as discs: old colour, then a bag of colours for each side, then the new one. */
export function signatureLine(state, direction, shown, index) {
  const which = state.graphs.length === 2 ? `${index < shown.first ? "A" : "B"} ${index < shown.first ? index : index - shown.first}` : String(index);
  if (!shown.signatures) return [`Vertex ${which}: in round 0 its colour `, swatch(shown.names[index]), " is its label."];
  const [own, ...bags] = shown.signatures[index];
  const parts = bags.flatMap((bag, k) => [` ${SEEN[direction][k]} `, ...(bag.length ? bag.map(swatch) : ["none"])]);
  return [`Vertex ${which}, in colours of the round before: it was `, swatch(own), " and saw", ...parts, "; now it is ", swatch(shown.names[index])];
}

export function histogram(state, shown) {
  const sizes = [shown.names.slice(0, shown.first), shown.names.slice(shown.first)];
  const rows = [...new Set(shown.names)].sort((a, b) => a - b).map((name) => make("tr", {}, make("td", {}, swatch(name)),
    ...state.graphs.map((_, k) => {
      const count = sizes[k].filter((other) => other === name).length;
      return make("td", {}, `${"▇".repeat(Math.min(count, 12))} ${count}`);
    })));
  const heads = state.graphs.length === 2 ? ["graph A", "graph B"] : ["vertices"];
  return make("table", {}, make("tr", {}, make("th", {}, "colour"), ...heads.map((head) => make("th", {}, head))), ...rows);
}

export function signatureTable(state, direction, shown) {
  if (!shown.signatures) return make("p", {}, "In round 0 the colour of a vertex is its label.");
  const rows = shown.signatures.map((signature, v) => {
    const which = v < shown.first ? String(v) : `B ${v - shown.first}`;
    const cells = signature.map((part) => make("td", {}, Array.isArray(part) ? `{${part.map(classLetter).join(", ")}}` : classLetter(part)));
    return make("tr", {}, make("td", {}, which), ...cells, make("td", {}, swatch(shown.names[v])));
  });
  return make("table", {}, make("tr", {}, ...["vertex", "old", ...SEEN[direction], "new"].map((name) => make("th", {}, name))), ...rows);
}

/** The matrix that the direction reads, its rows and columns named by `data-vertex` for lighting up. */
export function adjacencyTable(graph, direction) {
  const n = graph.labels.length;
  const has = new Set(graph.edges.map(([i, j]) => i * n + j));
  const entry = (i, j) => Number(direction === "in" ? has.has(j * n + i) : direction === "undirected" ? has.has(i * n + j) || has.has(j * n + i) : has.has(i * n + j));
  const head = make("tr", {}, make("th", {}, ""), ...graph.labels.map((_, j) => make("th", { "data-column": j }, String(j))));
  const rows = graph.labels.map((_, i) => make("tr", {}, make("th", { "data-row": i }, String(i)),
    ...graph.labels.map((_, j) => make("td", { "data-row": i, "data-column": j }, String(entry(i, j))))));
  return make("table", { class: "matrix" }, head, ...rows);
}

export function stochasticTable(X) {
  const text = (value) => (value === 0 ? "0" : value === 1 ? "1" : `1/${Math.round(1 / value)}`);
  return make("table", {}, ...X.map((row) => make("tr", {}, ...row.map((value) => make("td", {}, text(value))))));
}

/** Where a vertex stands in the drawing, which is wider than high. */
const place = (graph, v) => [graph.positions[v][0], 0.7 * graph.positions[v][1]];

/** The lines of a graph; an arrow head unless there is an edge back or directions are not shown. */
export function drawEdges(graph, directed) {
  const present = new Set(graph.edges.map((edge) => edge.join()));
  return graph.edges.filter(([i, j]) => !present.has(`${j},${i}`) || i < j).map(([i, j]) => edgeLine(place(graph, i), place(graph, j),
    { directed: directed && !present.has(`${j},${i}`), radius: DISC, width: 0.8, head: 3.6, "data-edge": `${i}-${j}` }));
}

// Where the number of a vertex may stand: direction, offset, anchor of the text, and whether there is room.
const SIDES = [
  { at: [0, 1], shift: [0, 9], anchor: "middle", room: () => true },
  { at: [0, -1], shift: [0, -6.2], anchor: "middle", room: ([, y]) => y > 8 },
  { at: [1, 0], shift: [6, 1.3], anchor: "start", room: ([x]) => x < 90 },
  { at: [-1, 0], shift: [-6, 1.3], anchor: "end", room: ([x]) => x > 10 },
];
const CLOSE = 0.75; // the cosine from which an edge runs through what stands beside a vertex

/** The first side of a vertex on which no edge runs through its number, or the one that is most free. */
function freeSide(graph, v) {
  const [x, y] = place(graph, v);
  const ways = graph.edges.filter((edge) => edge.includes(v)).map(([i, j]) => {
    const [ox, oy] = place(graph, i === v ? j : i);
    const length = Math.hypot(ox - x, oy - y) || 1;
    return [(ox - x) / length, (oy - y) / length];
  });
  const sides = SIDES.filter(({ room }) => room([x, y])).map((side) => ({ ...side, close: Math.max(-1, ...ways.map(([ux, uy]) => ux * side.at[0] + uy * side.at[1])) }));
  return sides.find(({ close }) => close < CLOSE) ?? sides.reduce((best, side) => (side.close < best.close ? side : best));
}

/** A disc that was of class `before` and is of class `name`: its fill changes in front of the eyes. */
export function drawVertex(graph, v, name, before, under, attributes = {}) {
  const [x, y] = place(graph, v);
  const side = freeSide(graph, v);
  const [left, right] = classFills(before);
  const outline = attributes["aria-pressed"] === "true" ? 1.6 : 0.6;
  const disc = make("circle", { cx: x, cy: y, r: DISC, stroke: "var(--ink)", "stroke-width": outline, style: `fill: ${left}` });
  const radius = DISC - outline / 2;
  const half = make("path", { class: "half", d: `M ${x} ${y - radius} A ${radius} ${radius} 0 0 1 ${x} ${y + radius} Z`, style: `fill: ${right}` });
  if (before !== name) requestAnimationFrame(() => requestAnimationFrame(() => { [disc, half].forEach((part, k) => { part.style.fill = classFills(name)[k]; }); }));
  return make("g", { "data-vertex": v, ...attributes }, disc, half,
    make("text", { x, y: y + 1.7, "text-anchor": "middle", "font-size": 5, style: "fill: #000" }, classLetter(name)),
    make("text", { class: "under", x: x + side.shift[0], y: y + side.shift[1], "text-anchor": side.anchor, "font-size": 3.6 }, under));
}

export const canvas = (attributes, ...children) => make("svg", { viewBox: "-4 -3 108 82", ...attributes }, ...children);
