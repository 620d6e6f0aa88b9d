// Lines over two axes as SVG: round ticks, a name at each line, and a thick mark on the x axis.

import { make } from "./parts.js";
import { apart, powerTicks, roundTicks } from "./places.js";

const LETTER = 6.6; // pixels, about, of a letter of 12
const GAP = 15; // between the names of two lines
const SAMPLE = 22; // of a line, before its name

/** A function from values to pixels; `log` for a logarithmic axis. */
export function scale({ ends, log = false }, [from, to]) {
  const [low, high] = log ? ends.map(Math.log10) : ends;
  return (value) => from + ((to - from) * ((log ? Math.log10(value) : value) - low)) / (high - low);
}

/** A number beside an axis: plain, or a power of ten with its exponent raised. */
export function tickText(value, log) {
  if (!log || (value >= 0.01 && value <= 100)) return String(value).replace("-", "−");
  return "10" + [...String(Math.round(Math.log10(value)))].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻").join("");
}

/**
 * A chart of `width` x `height` pixels: {svg, moveMark(x), valueAt(clientX)}.
 *
 * x, y: axes {title, ends: [low, high], log}. lines: [{name, points: [[x, y]], colour, dash}], drawn
 * within the ends of y. mark: an x at first, or null. label: what is shown, in words.
 */
export function chart({ x, y, lines, mark = null, label }, width, height) {
  const names = Math.max(0, ...lines.map(({ name }) => name.length));
  const [left, right, top, bottom] = [58, width - 8 - (names ? SAMPLE + 8 + LETTER * names : 0), 12, height - 40];
  const [toX, toY] = [scale(x, [left, right]), scale(y, [bottom, top])];
  const marker = make("line", { class: "mark", y1: top, y2: bottom, stroke: "var(--mark)", "stroke-width": 5, "stroke-opacity": 0.6 });
  const moveMark = (value) => {
    marker.setAttribute("visibility", value === null ? "hidden" : "visible");
    if (value !== null) for (const end of ["x1", "x2"]) marker.setAttribute(end, toX(value));
  };
  moveMark(mark);
  const svg = make("svg", { role: "img", "aria-label": label, viewBox: `0 0 ${width} ${height}` },
    ...axes(x, y, [left, right, top, bottom], [toX, toY]), marker,
    ...lines.map((line) => curve(line, y, toX, toY)), ...lineNames(lines, y, [right, top, bottom], toY));
  const valueAt = (clientX) => {
    const box = svg.getBoundingClientRect();
    const share = (((clientX - box.left) * width) / box.width - left) / (right - left);
    return x.ends[0] + Math.max(0, Math.min(1, share)) * (x.ends[1] - x.ends[0]);
  };
  return { svg, moveMark, valueAt };
}

function axes(x, y, [left, right, top, bottom], [toX, toY]) {
  const rule = (x1, y1, x2, y2, stroke = "var(--line)") => make("line", { x1, y1, x2, y2, stroke });
  const text = (words, place, anchor = "middle") => make("text", { ...place, "text-anchor": anchor, "font-size": 12 }, words);
  const ticks = (axis, most) => (axis.log ? powerTicks : roundTicks)(axis.ends, most);
  const beside = ticks(y, Math.floor((bottom - top) / 36)).flatMap((value) => [
    rule(left, toY(value), right, toY(value)), text(tickText(value, y.log), { x: left - 6, y: toY(value) + 4 }, "end")]);
  const below = ticks(x, Math.floor((right - left) / 48)).flatMap((value) => [
    rule(toX(value), bottom, toX(value), bottom + 5, "var(--ink)"), text(tickText(value, x.log), { x: toX(value), y: bottom + 18 })]);
  const middle = (top + bottom) / 2;
  return [...beside, ...below, rule(left, bottom, right, bottom, "var(--ink)"), rule(left, top, left, bottom, "var(--ink)"),
    text(x.title, { x: (left + right) / 2, y: bottom + 35 }), text(y.title, { transform: `translate(12 ${middle}) rotate(-90)` })];
}

function within({ ends }, value) {
  return Math.max(ends[0], Math.min(ends[1], value));
}

const pen = ({ colour, dash }) => ({ fill: "none", stroke: colour, "stroke-width": 2, "stroke-dasharray": dash });

function curve(line, y, toX, toY) {
  const points = line.points.map(([a, b]) => `${toX(a).toFixed(1)},${toY(within(y, b)).toFixed(1)}`);
  return make("polyline", { class: "curve", points: points.join(" "), "stroke-linejoin": "round", ...pen(line) });
}

function lineNames(lines, y, [right, top, bottom], toY) {
  const named = lines.filter(({ name }) => name);
  const ends = named.map(({ points }) => toY(within(y, points[points.length - 1][1])));
  const places = apart(ends, GAP, [top, bottom]);
  return named.map((line, k) => make("g", { class: "name" },
    make("line", { x1: right + 4, x2: right + SAMPLE, y1: places[k], y2: places[k], ...pen(line) }),
    make("text", { x: right + SAMPLE + 4, y: places[k] + 4, "font-size": 12 }, line.name)));
}

/** Call `draw(width)` now and whenever the element gets another width; returns what stops it. */
export function onWidth(element, draw) {
  let width = 0;
  const watcher = new ResizeObserver(() => {
    const now = Math.round(element.clientWidth);
    if (now > 0 && now !== width) draw((width = now));
  });
  watcher.observe(element);
  return () => watcher.disconnect();
}
