// What the selected cells of a map have in common: how a value spreads, and what stands out.
//
// One module, two hosts: anywidget calls `render`; a plain page calls `mount` and answers itself.

import { waiter } from "./asking.js";
import { actor, on } from "./map_asking.js";
import { asker, frame, make, operationLook } from "./parts.js";

const STYLE = `
.wl-map-summary { max-width: none; padding: 0 8px; }
.wl-map-summary .halves { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 4px 28px; }
.wl-map-summary .halves svg { max-width: 460px; }
.wl-map-summary .small { font-size: 13px; }
.wl-map-summary .bar { fill: var(--soft); }
.wl-map-summary .all { fill: none; stroke: var(--ink); stroke-width: 1.5; }
`;

const percent = (share) => `${(100 * share).toFixed(share > 0 && share < 0.01 ? 1 : 0)} %`;
const said = (value, digits = 4) => value.toLocaleString("en", { maximumSignificantDigits: digits });
const counted = (n, one, many) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

const [WIDE, HIGH] = [440, 130]; // of a histogram, in its own units

/** Bars for the selected cells, and a line for all cells, each as shares of its own number. */
function histogram({ column, edges, here, everywhere }) {
  const top = Math.max(...here, ...everywhere) || 1;
  const bins = here.length;
  const x = (bin) => 20 + ((WIDE - 40) * bin) / bins;
  const y = (share) => 14 + (HIGH - 14) * (1 - share / top);
  const bars = here.map((share, bin) => make("rect", { class: "bar", x: x(bin) + 0.5, y: y(share), width: x(1) - x(0) - 1, height: HIGH - y(share) }));
  const steps = everywhere.flatMap((share, bin) => [[x(bin), y(share)], [x(bin + 1), y(share)]]);
  const [half, last] = edges[0] % 1 === 0 || edges[1] - edges[0] !== 1 ? [0, bins] : [0.5, bins - 1]; // bins of whole numbers
  const marks = [0, Math.floor(last / 2), last].map((bin) => make("text", { x: x(bin + half), y: HIGH + 16, "text-anchor": "middle", "font-size": 12 }, said(edges[bin] + half, 3)));
  return make("svg", { role: "img", "aria-label": `${column}: bars for the selected cells, a line for all cells`, viewBox: `0 0 ${WIDE} ${HIGH + 22}` },
    ...bars, make("polyline", { class: "all", points: steps.join(" ") }), ...marks,
    make("text", { x: 20, y: 11, "font-size": 12 }, `tallest: ${percent(top)}`));
}

function spread({ column, without, medians: [here, everywhere], count }) {
  const middle = here === null ? "No selected cell has a value." : `Median ${said(here)}, of all cells ${said(everywhere)}.`;
  const missing = without && here !== null ? ` ${counted(without, "cell has", "cells have")} no value.` : "";
  return `${column} of ${counted(count, "cell", "cells")} as bars, of all cells as a line. ${middle}${missing}`;
}

const disc = (name, x) => {
  const [fill, ink, letter] = operationLook(name);
  return make("g", {}, make("circle", { cx: x, cy: 12, r: 10, fill, stroke: "var(--ink)" }),
    make("text", { x, y: 16, "text-anchor": "middle", "font-size": letter.length > 1 ? 9 : 11, style: `fill: ${ink}` }, letter));
};

/** One operation or kind of edge: its discs, a bar for the selected cells, a stroke for all cells. */
function ingredient({ operations, here, everywhere }, number) {
  const x = (share) => 70 + 170 * share;
  return make("g", { transform: `translate(0 ${26 * number})` },
    ...operations.map((name, k) => disc(name, 12 + 38 * k)),
    operations.length > 1 ? make("text", { x: 31, y: 16, "text-anchor": "middle", "font-size": 12 }, "→") : null,
    make("rect", { x: 70, y: 5, width: 170, height: 14, fill: "var(--field)", stroke: "var(--line)" }),
    make("rect", { class: "bar", x: 70, y: 5, width: 170 * here, height: 14 }),
    make("line", { x1: x(everywhere), x2: x(everywhere), y1: 1, y2: 23, stroke: "var(--ink)", "stroke-width": 2 }),
    make("text", { x: 248, y: 16, "font-size": 12 }, `${percent(here)}, of all ${percent(everywhere)}`));
}

function common(ingredients) {
  const words = ingredients.map(({ operations, here }) => `${operations.join(" to ")} in ${percent(here)}`).join(", ");
  return make("svg", { role: "img", "aria-label": `What stands out: ${words}`, viewBox: `0 0 400 ${26 * ingredients.length}` }, ...ingredients.map(ingredient));
}

/**
 * The summary in an element: nothing while `state` is null. `columns` may be summed up; `ask` does
 * {do, given}.
 */
export function mount(element, columns, state, ask) {
  const page = frame(element, "wl-map-summary", STYLE);
  const { root, alert, guarded } = page;
  const [sign, shown] = [make("small", {}), make("div", {})];
  const act = actor(ask, waiter(root, sign));
  const column = make("select", { "aria-label": "column of the histogram", onchange: guarded(() => act("histogram", column.value)) },
    ...columns.map((name) => make("option", { value: name }, name)));
  const choice = make("label", {}, "How they spread: ", column);
  root.append(alert, shown);
  const update = (now) => {
    const focused = document.activeElement === column;
    if (!now) { shown.replaceChildren(); return; }
    column.value = now.column;
    shown.replaceChildren(make("h4", {}, `${counted(now.count, "cell", "cells")} selected `, sign), make("div", { class: "halves" },
      make("div", {}, choice, histogram(now), make("p", { class: "small" }, spread(now))),
      make("div", {}, make("p", { class: "small" }, "What stands out: the share of selected cells (bar) and of all cells (stroke) that have an operation or a kind of edge."), common(now.ingredients))));
    if (focused) column.focus();
  };
  update(state);
  return { ...page, update };
}

export default {
  render({ model, el }) {
    const view = mount(el, model.get("columns"), model.get("summary"), asker(model));
    const stop = on(model, "change:summary", () => view.update(model.get("summary")));
    return () => { stop(); view.close(); };
  },
};
