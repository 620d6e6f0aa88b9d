// What the cell editor draws: cells as arcs over a line, the matrix, cells beside cells.
//
// On a line, in their order, vertices stay where they are when an edge comes or goes, and what was
// decoded can be laid under what went in, place by place.

import { edgesOf } from "./cell.js";
import { drawCell, make, operationLook } from "./parts.js";

const [WIDE, HIGH, BASELINE, DISC] = [340, 152, 106, 15];
const lookOf = (op, rules) => (op < 0 ? ["var(--field)", "var(--soft)", "·"] : operationLook(rules.operations[op]));

/** The x of every place on the line. */
export const placesOf = (count) => Array.from({ length: count }, (_, v) => 24 + ((WIDE - 48) * v) / Math.max(count - 1, 1));

/** The path of an edge and its head: the farther, the higher and the steeper, so that none coincide. */
function arc(x1, x2, span) {
  if (span === 1) return { path: `M ${x1 + DISC} ${BASELINE} L ${x2 - DISC - 7} ${BASELINE}`, tip: [x2 - DISC - 1, BASELINE], along: [1, 0] };
  const angle = ((30 + 10 * (span - 1)) * Math.PI) / 180;
  const [dx, dy] = [Math.cos(angle), -Math.sin(angle)];
  const reach = (16 * span) / (0.75 * Math.sin(angle));
  const at = (x, side, far) => `${x + side * far * dx} ${BASELINE + far * dy}`;
  return { path: `M ${at(x1, 1, DISC)} C ${at(x1, 1, reach)} ${at(x2, -1, reach)} ${at(x2, -1, DISC + 7)}`, tip: [x2 - (DISC + 1) * dx, BASELINE + (DISC + 1) * dy], along: [dx, -dy] };
}

function edgeArc([i, j], xs, kind) {
  const { path, tip, along: [ux, uy] } = arc(xs[i], xs[j], j - i);
  const ink = kind ? "var(--mark)" : "var(--edge)";
  const corner = (side) => `${tip[0] - 8 * ux - side * 4 * uy},${tip[1] - 8 * uy + side * 4 * ux}`;
  return make("g", { class: `edge ${kind}`, "data-edge": `${i}-${j}` },
    make("title", {}, `edge ${i} to ${j}`),
    make("path", { d: path, fill: "none", stroke: "transparent", "stroke-width": 12 }),
    make("path", { d: path, fill: "none", stroke: ink, "stroke-width": kind ? 2.6 : 1.5, "stroke-dasharray": kind === "missing" ? "4 4" : null }),
    make("polygon", { points: `${tip[0]},${tip[1]} ${corner(1)} ${corner(-1)}`, fill: ink }));
}

/**
 * Places on a line: {ops, matrix}, of `count` places that the line has room for.
 *
 * marks: {missing, added: [[i, j]], changed: [v]}; numbers: written under the places; attributes(v)
 * are those of a place, for pages where it can be used.
 */
export function drawArcs({ ops, matrix }, rules, { count = ops.length, marks = { missing: [], added: [], changed: [] }, numbers = ops.map((_, v) => v), label, attributes = () => ({}) }) {
  const xs = placesOf(count);
  const added = new Set(marks.added.map(String));
  const arcs = [...edgesOf(matrix).map((edge) => edgeArc(edge, xs, added.has(String(edge)) ? "added" : "")), ...marks.missing.map((edge) => edgeArc(edge, xs, "missing"))];
  const discs = ops.map((op, v) => {
    const [fill, ink, letter] = lookOf(op, rules);
    return make("g", { "data-vertex": v, ...attributes(v) }, make("title", {}, op < 0 ? "padding" : `vertex ${v}: ${rules.operations[op]}`),
      marks.changed.includes(v) ? make("circle", { class: "ring", cx: xs[v], cy: BASELINE, r: DISC + 4, fill: "none", stroke: "var(--mark)", "stroke-width": 2.6 }) : null,
      make("circle", { cx: xs[v], cy: BASELINE, r: op < 0 ? 8 : DISC, fill, stroke: op < 0 ? "var(--line)" : "var(--ink)", "stroke-width": 1.2 }),
      make("text", { x: xs[v], y: BASELINE + 4.5, "text-anchor": "middle", "font-size": 13, style: `fill: ${ink}` }, letter),
      make("text", { x: xs[v], y: BASELINE + 35, "text-anchor": "middle", "font-size": 12 }, String(numbers[v] ?? v)));
  });
  return make("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "group", "aria-label": label }, ...arcs, ...discs);
}

/** The upper triangle as buttons; arrow keys walk over them, and `toggle(i, j)` is asked to change one. */
export function matrixTable({ ops, matrix }, rules, toggle, current) {
  const n = ops.length;
  const letters = ops.map((op) => lookOf(op, rules)[2]);
  const head = (v) => make("th", { class: v === current ? "lit" : "" }, `${v} ${letters[v]}`);
  const entry = (i, j) => make("button", { type: "button", class: "bit", "data-focus": `bit ${i} ${j}`, "aria-pressed": String(Boolean(matrix[i][j])), "aria-label": `edge ${i} to ${j}`,
    tabindex: i === 0 && j === 1 ? 0 : -1, onclick: () => toggle(i, j) }, matrix[i][j] ? "1" : "0");
  const rows = Array.from({ length: n - 1 }, (_, i) => make("tr", {}, head(i), ...ops.slice(1).map((_, k) => make("td", {}, k + 1 > i ? entry(i, k + 1) : null))));
  const table = make("table", { class: "bits", "aria-label": "edges: row from, column to" }, make("tr", {}, make("th", {}, "from \\ to"), ...ops.slice(1).map((_, k) => head(k + 1))), ...rows);
  table.addEventListener("keydown", (event) => walk(event, table));
  return table;
}

function walk(event, table) {
  const [di, dj] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [0, 0];
  const [, i, j] = /^bit (\d+) (\d+)$/.exec(event.target.getAttribute("data-focus") ?? "") ?? [];
  if ((!di && !dj) || i === undefined) return;
  event.preventDefault();
  table.querySelector(`[data-focus="bit ${Number(i) + di} ${Number(j) + dj}"]`)?.focus();
}

const pictures = new Map(); // drawn once: finding places for the vertices takes milliseconds

/** A small cell with a caption; with `take` a button that is called when the reader takes it. */
export function cellFigure(cell, rules, { caption, key, take = null, focus = key, ...options }) {
  const known = `${rules.name} ${key}`;
  if (!pictures.has(known)) pictures.set(known, drawCell({ names: cell.ops.map((op) => rules.operations[op]), edges: edgesOf(cell.matrix) }, options));
  const picture = pictures.get(known).cloneNode(true);
  const inner = take ? make("button", { type: "button", class: "take", "data-focus": focus, "aria-label": `take this cell: ${caption}`, onclick: take }, picture) : picture;
  return make("figure", {}, inner, make("figcaption", {}, caption));
}

/** Both rules, for the reader's cell and for what is decoded: {strict, published} are reasons or null. */
export function rulesTable(mine, decoded) {
  const said = (problem) => (problem ? `no: ${problem}` : "yes");
  const row = (title, rule) => make("tr", {}, make("th", {}, title), ...[mine, decoded].map((judged) => make("td", { "data-rule": rule }, said(judged[rule]))));
  return make("table", { class: "rules" }, make("tr", {}, ...["", "yours", "the decoded"].map((title) => make("th", {}, title))),
    row("strict: as it stands, without padding", "strict"), row("published: pruned first, padding ignored", "published"));
}
