// What epsilon a layer needs: a slider, the distances of four pairs of cells, and a count of classes.
//
// One module, two hosts: anywidget calls `render` and Python counts; a plain page calls `mount` with
// counts made before (epsilon.html). The distances are given, and follow the slider at once.

import { asker, drawCell, frame, make } from "./parts.js";
import { chart, onWidth } from "./chart.js";
import { newest, waiter } from "./asking.js";

const STYLE = `
.wl-epsilon { --pair-0: #111111; --pair-1: #8C510A; --pair-2: #7B3294; --pair-3: #C2185B; }
.wl-epsilon.wl-dark { --pair-0: #eceff4; --pair-1: #e0a35c; --pair-2: #cfa0ea; --pair-3: #ff80ab; }
.wl-epsilon input[type="range"] { flex: 1 1 12em; min-width: 0; height: 28px; accent-color: var(--mark); touch-action: pan-y; }
.wl-epsilon .value { min-width: 3.4em; font-variant-numeric: tabular-nums; }
.wl-epsilon .curves svg { touch-action: pan-y; cursor: ew-resize; }
.wl-epsilon .waits { color: var(--soft); }
.wl-epsilon [role="status"] { min-height: 1.5em; }
.wl-epsilon section.lost { border: 2px solid var(--mark); padding: 7px; }
.wl-epsilon section > div { display: grid; grid-template-columns: 1fr 1fr; gap: 8px; }
.wl-epsilon section p { margin: 4px 0 0; font-size: 13px; }
`;
const FLOOR = 1e-16; // distances below are drawn there
const ROUNDING = 1e-13; // distances below are none
const DASHES = ["2 4", "8 4", null, "10 3 2 3"];
const DELAY = 200; // milliseconds after the last move before classes are counted
const said = (number) => String(Number(number.toPrecision(12))).replace("-", "−");
const counted = (number) => number.toLocaleString("en-US");

/**
 * Show the explorer in an element. `given`: {slider: {low, high, step, start}, grid, curves: one list
 * a pair, pairs: [{number, cells}], cells, classes, vertices}. `ask`: from {epsilon} to the promise of
 * {distinct, ambiguous}. `onChange(epsilon)` is told of every count shown; `first` is shown at first.
 * Returns {choose, problems, close}; `choose(epsilon)` moves the slider.
 */
export function mount(element, given, ask, onChange = () => {}, first = given.slider.start) {
  const { low, high, step, start } = given.slider;
  const { root, alert, status, guarded, problems, close } = frame(element, "wl-epsilon", STYLE);
  const waits = make("span", { class: "waits" });
  const asking = newest(ask, waiter(root, waits, "counting …"));
  let epsilon = start;
  let drawn = null;
  let timer = null;

  const count = async () => {
    clearTimeout(timer);
    const asked = epsilon;
    const answer = await asking({ epsilon: asked });
    if (answer === null) return; // a newer question came
    status.textContent = sentence(asked, answer, given);
    onChange(asked);
  };
  const move = (to, delay = DELAY) => {
    const stop = Math.round((Math.max(low, Math.min(high, to)) - low) / step);
    epsilon = Number((low + stop * step).toFixed(2));
    slider.value = epsilon;
    slider.setAttribute("aria-valuetext", `epsilon ${epsilon}`);
    value.textContent = said(epsilon);
    drawn?.moveMark(epsilon);
    panels.forEach((panel, k) => panel.follow(distanceAt(given, k, epsilon)));
    clearTimeout(timer);
    timer = setTimeout(guarded(count), delay);
  };

  // JupyterLab takes the arrow keys away from a slider, so that they are handled here.
  const onKey = (event) => {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -1e6, End: 1e6 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    move(epsilon + by * step);
  };
  const slider = make("input", { type: "range", min: low, max: high, step, "aria-label": "epsilon", oninput: guarded(({ target }) => move(Number(target.value))), onkeydown: guarded(onKey) });
  const value = make("b", { class: "value" });
  const panels = given.pairs.map((pair, k) => pairPanel(pair, k));

  const curves = make("div", { class: "curves" });
  const drag = guarded((event) => { if (event.type === "pointerdown" || event.buttons) move(drawn.valueAt(event.clientX)); });
  const draw = (width) => {
    drawn = chart(chartOf(given, epsilon), width, Math.max(220, Math.min(320, 0.5 * width)));
    drawn.svg.addEventListener("pointerdown", (event) => { drawn.svg.setPointerCapture(event.pointerId); drag(event); });
    drawn.svg.addEventListener("pointermove", drag);
    curves.replaceChildren(drawn.svg);
  };

  root.append(
    make("p", {}, "Each curve is one pair of different cells, and its height how far apart a layer with this epsilon puts them. Move epsilon: where a curve falls, the two become one and the pair is lost."),
    make("div", { class: "row" }, make("span", {}, "epsilon"), slider, value, make("button", { type: "button", onclick: guarded(() => move(start, 0)) }, "Reset"), waits),
    alert, status, curves,
    make("div", { class: "cells" }, ...panels.map(({ panel }) => panel)),
  );
  const stopWidth = onWidth(curves, guarded(draw));
  move(first, 0);
  return { choose: guarded((to) => move(to, 0)), problems, close: () => { clearTimeout(timer); stopWidth(); close(); } };
}

function chartOf({ grid, curves, pairs, slider }, epsilon) {
  const lines = curves.map((curve, k) => ({ name: `lost at ${said(pairs[k].number)}`, points: curve.map((distance, i) => [grid[i], distance]), colour: `var(--pair-${k})`, dash: DASHES[k] }));
  const most = Math.max(...curves.flat());
  return { x: { title: "epsilon", ends: [slider.low, slider.high] }, y: { title: "distance of the two", ends: [FLOOR, 2 * most], log: true }, lines, mark: epsilon, label: "distances of four pairs of cells against epsilon; the sentences say them" };
}

/** The distance of a pair at the nearest place of the grid. */
function distanceAt({ grid, curves }, k, epsilon) {
  const place = grid.reduce((best, value, i) => (Math.abs(value - epsilon) < Math.abs(grid[best] - epsilon) ? i : best), 0);
  return curves[k][place];
}

function sentence(epsilon, { distinct, ambiguous }, { classes, cells, vertices }) {
  const lost = classes - distinct;
  return `Epsilon ${said(epsilon)}: ${counted(distinct)} of ${counted(classes)} classes, ${lost ? `${counted(lost)} lost` : "none lost"}, of all ${counted(cells)} cells of up to ${vertices} vertices.` +
    (ambiguous ? ` ${counted(ambiguous)} pairs of vectors are in doubt: the count does not hold.` : "");
}

/** Two skeletons, and how far apart they are; `follow(distance)` says it anew. */
function pairPanel({ number, cells }, k) {
  const words = make("p", {});
  const drawn = cells.map((cell, i) => drawCell(cell, { directed: false, label: `${["one", "the other"][i]} cell of the pair lost at ${number}` }));
  const panel = make("section", { style: `border-left: 4px solid var(--pair-${k})` }, make("div", {}, ...drawn), words);
  const follow = (distance) => {
    panel.classList.toggle("lost", distance < ROUNDING);
    words.textContent = `Pair lost at ${said(number)}, of ${cells[0].names.length} vertices: ${distance < ROUNDING ? "rounding. The two are one." : `${said(Number(distance.toPrecision(2)))} apart.`}`;
  };
  return { panel, follow };
}

export default {
  render({ model, el }) {
    return mount(el, model.get("given"), asker(model)).close;
  },
};
