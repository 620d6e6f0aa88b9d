// What a map shows of the chosen cell, and of the one under the mouse.
//
// One module, two hosts: anywidget calls `render`; a plain page calls `mount` and answers itself.

import { waiter } from "./asking.js";
import { on } from "./map_asking.js";
import { drawCell, frame, make } from "./parts.js";

const STYLE = `
.wl-map-panel { padding: 0 8px; max-width: none; }
.wl-map-panel .cells { grid-template-columns: repeat(auto-fill, minmax(min(100%, 132px), 1fr)); gap: 4px 10px; }
.wl-map-panel .cells svg { height: 108px; margin: 0 auto; }
.wl-map-panel figcaption { min-height: 2.9em; text-align: center; }
.wl-map-panel .pointed { border: 1px dashed var(--line); border-radius: 6px; }
.wl-map-panel .words { font-size: 13px; }
.wl-map-panel .values { font-weight: 600; }
`;

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

// --- the page ----------------------------------------------------------------------------------

/**
 * The panel in an element. `state`: {cell, many, hovered, alert}, `many` being the number of selected
 * cells; `update` is told what has changed of it.
 */
export function mount(element, state) {
  const page = frame(element, "wl-map-panel", STYLE);
  const { root, alert, status } = page;
  const sign = make("small", {});
  const chosen = make("div", { class: "cells" });
  const values = make("span", { class: "values" });
  status.classList.add("words");
  root.append(alert, chosen, make("p", {}, values, " ", sign), status);
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
    alert(text) { alert.textContent = text; },
    many() {},
  };
  const update = (news) => {
    state = { ...state, ...news };
    for (const name of Object.keys(news)) show[name](state[name]);
    const first = state.many > 1 ? `${state.many.toLocaleString("en")} cells selected; the first of them is drawn. ` : "";
    const words = first + state.cell.words;
    if (status.textContent !== words) status.textContent = words; // read aloud only if it is new
  };
  update(state);
  return { ...page, update, wait: waiter(root, sign) };
}

export default {
  async render({ model, el }) {
    const names = ["cell", "many", "hovered", "alert"];
    const view = mount(el, Object.fromEntries(names.map((name) => [name, model.get(name)])));
    const stops = names.map((name) => on(model, `change:${name}`, () => view.update({ [name]: model.get(name) })));
    stops.push(on(model, "change:answered", () => view.wait.stop()));
    // A choice on a scatter goes to Python past this panel, which shows that an answer is due.
    for (const id of model.get("scatters")) {
      const scatter = await model.widget_manager?.get_model(id);
      // What Python marks arrives with the model locked; it is an answer itself.
      if (scatter) stops.push(on(scatter, "change:selection", () => { if (!scatter._state_lock) view.wait.begin(); }));
    }
    return () => { stops.forEach((stop) => stop()); view.close(); };
  },
};
