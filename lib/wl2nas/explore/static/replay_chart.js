// Curves of the best answer so far: one in full, the others in grey with their names at the end.

import { make } from "./parts.js";

const [LEFT, TOP, BOTTOM, HEIGHT, APART] = [44, 12, 36, 260, 13];

/** Heights of labels that want these, none closer than APART to another, in the same order. */
export function spreadOut(wanted, most) {
  const order = wanted.map((_, k) => k).sort((a, b) => wanted[a] - wanted[b]);
  const found = [];
  order.forEach((k, place) => { found[k] = Math.max(wanted[k], place ? found[order[place - 1]] + APART : wanted[k]); });
  let limit = most;
  for (const k of order.reverse()) { found[k] = Math.min(found[k], limit); limit = found[k] - APART; }
  return found;
}

/**
 * The chart as SVG, `width` pixels wide. lines: [{label, values, own}], values after 1, 2, ...
 * questions; own: drawn in full. band: {low, high}. at: the question that is shown, start: how many
 * were dealt, questions: how many there are; low: the least accuracy drawn, label: all in words.
 */
export function chart({ lines, band, at, start, questions, low, high, width, label }) {
  const right = width < 560 ? 132 : 170;
  const x = (q) => LEFT + ((q - 1) / (questions - 1)) * (width - LEFT - right);
  const y = (v) => TOP + ((high - Math.min(Math.max(v, low), high)) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const path = (values) => values.map((v, k) => `${k ? "L" : "M"}${x(k + 1).toFixed(1)},${y(v).toFixed(1)}`).join("");
  const step = high - low > 16 ? 4 : 2;
  const ticks = Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, k) => Math.ceil(low / step) * step + k * step).filter((v) => v <= high);
  const others = lines.filter(({ own }) => !own);
  const ends = spreadOut(others.map(({ values }) => y(values.at(-1)) + 4), HEIGHT - BOTTOM);
  const text = (attributes, words) => make("text", { "font-size": 12, ...attributes }, words);
  const soft = "fill: var(--soft)";
  return make("svg", { role: "img", "aria-label": label, viewBox: `0 0 ${width} ${HEIGHT}` },
    make("path", { d: `${path(band.high)}L${band.low.map((v, k) => `${x(k + 1)},${y(v)}`).reverse().join("L")}Z`, fill: "var(--line)", opacity: 0.35 }),
    ...ticks.flatMap((v) => [make("line", { x1: LEFT, x2: width - right, y1: y(v), y2: y(v), stroke: "var(--line)", "stroke-width": 0.5 }), text({ x: LEFT - 6, y: y(v) + 4, "text-anchor": "end", style: soft }, `${v}`)]),
    ...[1, start, ...[20, 30, 40, 50, 60, 80, 100].filter((q) => q > start + 5 && q <= questions)].map((q) => text({ x: x(q), y: HEIGHT - BOTTOM + 16, "text-anchor": "middle", style: soft }, `${q}`)),
    text({ x: LEFT, y: HEIGHT - 4, style: soft }, `questions asked; best answer so far in %`),
    make("line", { x1: x(at), x2: x(at), y1: TOP, y2: HEIGHT - BOTTOM, stroke: "var(--mark)", "stroke-dasharray": "4 3" }),
    ...lines.toSorted((a, b) => Number(a.own ?? 0) - Number(b.own ?? 0)).map(({ values, own }) => make("path", { d: path(values), fill: "none", stroke: own ? "var(--ink)" : "var(--soft)", "stroke-width": own ? 2.6 : 1, opacity: own ? 1 : 0.75 })),
    ...others.map(({ label: name }, k) => text({ x: width - right + 6, y: ends[k], style: soft, "font-size": width < 560 ? 10.5 : 12 }, name)),
    ...lines.filter(({ own }) => own).map(({ label: name, values }) => text({ x: Math.min(x(values.length) + 6, width - right - 50), y: Math.min(y(values.at(-1)) + 18, HEIGHT - BOTTOM - 4), style: "font-weight: 700" }, name)));
}
