// Curves of the best answer so far: one in full, the others in grey with their names at the end.

import { make } from "./parts.js";
import { apart, roundTicks } from "./places.js";

const [LEFT, TOP, BOTTOM, HEIGHT, APART] = [34, 10, 34, 250, 13];

/**
 * The chart as SVG, `width` pixels wide. lines: [{label, values, strong}], values after 1, 2, ...
 * questions; own: {label, values}, drawn in full up to its last. band: {low, high}. It begins where
 * the dealt ones end, at `start`, and goes to `questions`. text: all of it in words.
 */
export function chart({ lines, own, band, start, questions, width, text: words }) {
  const right = 18 + 6.9 * Math.max(...lines.map(({ label }) => label.length)); // for the names, one of them bold
  const cut = (values) => values.slice(start - 1, questions);
  const all = [...lines.flatMap(({ values }) => cut(values)), ...cut(own.values), ...cut(band.low), ...cut(band.high)];
  const [low, high] = [Math.min(...all) - 0.3, Math.max(...all) + 0.3];
  const x = (q) => LEFT + ((q - start) / (questions - start)) * (width - LEFT - right);
  const y = (v) => TOP + ((high - v) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const path = (values) => cut(values).map((v, k) => `${k ? "L" : "M"}${x(start + k).toFixed(1)},${y(v).toFixed(1)}`).join("");
  const field = cut(band.low).map((v, k) => `L${x(start + k).toFixed(1)},${y(v).toFixed(1)}`).reverse().join("");
  const text = (attributes, content) => make("text", { "font-size": 12, style: "fill: var(--soft)", ...attributes }, content);
  const grey = (strong) => ({ fill: "none", stroke: strong ? "var(--ink)" : "var(--soft)", "stroke-width": strong ? 1.6 : 1, opacity: strong ? 1 : 0.75 });
  const end = width - right;
  const last = lines.map(({ values }) => y(cut(values).at(-1)));
  const names = apart(last.map((v) => v + 4), APART, [TOP + 8, HEIGHT - BOTTOM]);
  const at = Math.min(own.values.length, questions);
  const now = [x(at), y(own.values[at - 1])];
  return make("svg", { role: "img", "aria-label": words, viewBox: `0 0 ${width} ${HEIGHT}` },
    make("path", { d: `${path(band.high)}${field}Z`, fill: "var(--line)", opacity: 0.35 }),
    ...roundTicks([low, high], 7).flatMap((v) => [make("line", { x1: LEFT, x2: end, y1: y(v), y2: y(v), stroke: "var(--line)", "stroke-width": 0.5 }), text({ x: LEFT - 5, y: y(v) + 4, "text-anchor": "end" }, `${v}`)]),
    ...roundTicks([start, questions], 7).map((q) => text({ x: x(q), y: HEIGHT - BOTTOM + 15, "text-anchor": "middle" }, `${q}`)),
    text({ x: 2, y: HEIGHT - 4 }, "best answer so far (%), after so many questions"),
    ...lines.map(({ values, strong }) => make("path", { d: path(values), ...grey(strong), "stroke-dasharray": strong ? "5 3" : null })),
    ...lines.flatMap(({ label, strong }, k) => [make("line", { x1: end + 1, y1: last[k], x2: end + 11, y2: names[k] - 4, ...grey(false) }), text({ x: end + 14, y: names[k], "font-size": 11, style: strong ? "font-weight: 700" : "fill: var(--soft)" }, label)]),
    make("path", { d: path(own.values), fill: "none", stroke: "var(--mark)", "stroke-width": 2.6 }),
    make("circle", { cx: now[0], cy: now[1], r: 4, fill: "var(--mark)" }),
    text({ x: Math.min(now[0] + 7, end - 46), y: Math.min(now[1] + 18, HEIGHT - BOTTOM - 3), style: "font-weight: 700; fill: var(--mark); paint-order: stroke; stroke: var(--paper); stroke-width: 4px" }, own.label));
}
