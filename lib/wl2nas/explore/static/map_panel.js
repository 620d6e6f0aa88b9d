// What a map shows of the chosen cell, of the one under the mouse, and of all that are selected.
//
// One module, two hosts: anywidget calls `render`; a plain page calls `mount` and answers itself.

import { actor, waiter } from "./map_waiting.js";
import { asker, drawCell, frame, make, operationLook } from "./parts.js";

const STYLE = `
.wl-map-panel { padding: 0 8px; max-width: none; }
.wl-map-panel .cells { grid-template-columns: repeat(auto-fill, minmax(min(100%, 132px), 1fr)); gap: 4px 10px; }
.wl-map-panel .cells svg { height: 108px; margin: 0 auto; }
.wl-map-panel figcaption { min-height: 2.9em; text-align: center; }
.wl-map-panel .pointed { border: 1px dashed var(--line); border-radius: 6px; }
.wl-map-panel .words { font-size: 13px; }
.wl-map-panel .values { font-weight: 600; }
.wl-map-panel .bar { fill: var(--soft); }
.wl-map-panel .all { fill: none; stroke: var(--ink); stroke-width: 1.5; }
.wl-map-panel .summary { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 8px 24px; }
.wl-map-panel .summary svg { max-width: 460px; }
`;

const percent = (share) => `${(100 * share).toFixed(share > 0 && share < 0.01 ? 1 : 0)} %`;
const said = (value, digits = 4) => value.toLocaleString("en", { maximumSignificantDigits: digits });
const counted = (n, one, many) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

const figure = (drawing, caption, attributes = {}) => make("figure", attributes, drawing, make("figcaption", {}, caption));

/** The chosen cell four times: itself, its colours, its skeleton, and a cell that shares it. */
function views(cell) {
  const alone = make("svg", { viewBox: "0 0 10 10", role: "img", "aria-label": "nothing to draw" });
  return [
    figure(drawCell(cell, { numbers: true, label: `the cell, row ${cell.row}` }), `the cell, row ${cell.row}`),
    figure(drawCell(cell, { colours: cell.colours, label: "its colours" }), "its colours, direction kept"),
    figure(drawCell(cell, { colours: cell.skeletonColours, directed: false, label: "its skeleton" }), "its skeleton, colours on A + Aᵀ"),
    cell.other
      ? figure(drawCell(cell.other, { label: `row ${cell.other.row}` }), `same skeleton: row ${cell.other.row}${cell.others > 1 ? `, one of ${cell.others}` : ""}`)
      : figure(alone, "no other cell has this skeleton"),
  ];
}

const pointed = (cell) => (cell
  ? figure(drawCell(cell, { label: `under the mouse, row ${cell.row}` }), `under the mouse: row ${cell.row}`, { class: "pointed" })
  : figure(make("svg", { viewBox: "0 0 10 10", "aria-hidden": "true" }), "move over a point to see its cell here", { class: "pointed" }));

// --- the selected cells ------------------------------------------------------------------------

const [WIDE, HIGH] = [440, 130]; // of a histogram, in its own units

/** Bars for the selected cells, and a line for all cells, each as shares of its own number. */
function histogram({ column, edges, here, everywhere }) {
  const top = Math.max(...here, ...everywhere) || 1;
  const bins = here.length;
  const x = (bin) => 20 + ((WIDE - 40) * bin) / bins;
  const y = (share) => 14 + (HIGH - 14) * (1 - share / top);
  const bars = here.map((share, bin) => make("rect", { class: "bar", x: x(bin) + 0.5, y: y(share), width: x(1) - x(0) - 1, height: HIGH - y(share) }));
  const steps = everywhere.flatMap((share, bin) => [[x(bin), y(share)], [x(bin + 1), y(share)]]);
  const marks = [0, Math.floor(bins / 2), bins].map((bin) => make("text", { x: x(bin), y: HIGH + 16, "text-anchor": "middle", "font-size": 12 }, said(edges[bin], 3)));
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

// --- the page ----------------------------------------------------------------------------------

/** The panel in an element; `update({cell, summary, hovered, alert})` shows what has changed. */
export function mount(element, choices, state, ask) {
  const page = frame(element, "wl-map-panel", STYLE);
  const { root, alert, status, guarded } = page;
  const sign = make("small", {});
  const wait = waiter(root, sign);
  const act = actor(ask, wait);
  const [chosen, summary] = [make("div", { class: "cells" }), make("div", {})];
  const values = make("span", { class: "values" });
  const column = make("select", { "aria-label": "column of the histogram", onchange: guarded(() => act("histogram", column.value)) },
    ...choices.columns.map((name) => make("option", { value: name }, name)));
  status.classList.add("words");
  root.append(alert, chosen, make("p", {}, values, " ", sign), status, summary);
  let preview = pointed(null);
  const show = {
    cell(cell) {
      chosen.replaceChildren(...views(cell), preview);
      values.textContent = cell.values.map(([name, text]) => `${name}: ${text}`).join("; ");
    },
    hovered(cell) {
      const now = pointed(cell);
      preview.replaceWith(now);
      preview = now;
    },
    summary(now) {
      if (!now) { summary.replaceChildren(); return; }
      column.value = now.column;
      summary.replaceChildren(make("h4", {}, `${counted(now.count, "cell", "cells")} selected`), make("div", { class: "summary" },
        make("div", {}, make("label", {}, "How they spread: ", column), histogram(now), make("p", { class: "words" }, spread(now))),
        make("div", {}, make("p", {}, "What stands out: share of selected cells with an operation or a kind of edge (bar), of all cells (stroke)."), common(now.ingredients))));
    },
    alert(text) { alert.textContent = text; },
  };
  const update = (news) => {
    for (const [name, now] of Object.entries(news)) show[name](now);
    if (!news.cell && !("summary" in news)) return;
    state = { ...state, ...news };
    const many = state.summary ? `${counted(state.summary.count, "cell", "cells")} selected; the first of them is drawn. ` : "";
    status.textContent = many + state.cell.words;
  };
  update(state);
  return { ...page, update, wait };
}

export default {
  async render({ model, el }) {
    const names = ["cell", "summary", "hovered", "alert"];
    const state = Object.fromEntries(names.map((name) => [name, model.get(name)]));
    const view = mount(el, model.get("choices"), state, asker(model));
    const stops = names.map((name) => on(model, `change:${name}`, () => view.update({ [name]: model.get(name) })));
    stops.push(on(model, "change:answered", () => view.wait.stop()));
    // A choice on a scatter goes to Python past this panel, which shows that an answer is due.
    for (const id of model.get("choices").scatters) {
      const scatter = await model.widget_manager?.get_model(id);
      // What Python marks arrives with the model locked; it is an answer itself.
      if (scatter) stops.push(on(scatter, "change:selection", () => { if (!scatter._state_lock) view.wait.begin(); }));
    }
    return () => { stops.forEach((stop) => stop()); view.close(); };
  },
};

function on(model, event, handler) {
  model.on(event, handler);
  return () => model.off(event, handler);
}
