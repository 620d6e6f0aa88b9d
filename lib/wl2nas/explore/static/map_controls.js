// What the reader of a map sets: colours, a row, a rule, the points that are shown.
//
// One module, two hosts: anywidget calls `render`; a plain page calls `mount` and answers itself.

import { InputError } from "./graphs.js";
import { waiter } from "./asking.js";
import { actor, on } from "./map_asking.js";
import { asker, frame, isDark, make } from "./parts.js";

const STYLE = `
.wl-map-controls { max-width: none; padding: 4px 8px; }
.wl-map-controls .row { margin: 4px 0; gap: 4px 10px; }
.wl-map-controls label { display: inline-flex; flex-wrap: wrap; gap: 4px 6px; align-items: center; min-width: 0; }
.wl-map-controls ul { display: flex; flex-wrap: wrap; gap: 2px 12px; margin: 0; padding: 0; list-style: none; font-size: 13px; }
.wl-map-controls .swatch { display: inline-block; width: 0.9em; height: 0.9em; margin-right: 4px; border: 1px solid var(--soft); border-radius: 50%; vertical-align: -0.1em; }
.wl-map-controls small, .wl-map-controls .names { color: var(--soft); font-size: 13px; }
.wl-map-controls .names { margin: 0; }
.wl-map-controls .rule { flex: 1 1 16em; }
.wl-map-controls .rule input { flex: 1 1 14em; width: 14em; }
.wl-map-controls input::placeholder { color: var(--soft); opacity: 1; }
.wl-map-controls input[type="number"] { width: 7em; }
.wl-map-controls input[type="range"] { width: 9em; accent-color: var(--focus); }
.wl-map-controls .value { font-variant-numeric: tabular-nums; }
/* The box around, and the buttons of the scatters in it, which do not follow the page by themselves. */
:has(> * > .wl-map-controls.wl-dark) { background: #16181c; }
:has(> * > .wl-map-controls.wl-dark) .widget-html-content { color: #eceff4; }
:has(> * > .wl-map-controls.wl-dark) [data-jss-theme] { background: #16181c !important; --jss-bg: #1f2228; --jss-bg-hover: #2c3038; --jss-text: #eceff4; --jss-border: #4a505b; }
`;
const REST = 200; // milliseconds without news of a slider before it counts

const said = (value) => value.toLocaleString("en", { maximumSignificantDigits: 6 });

/**
 * The controls in an element. `choices`: {last, points, colours, ends, whole}; `state`: {row, alone,
 * colour, legend, between, shown, resets}; `ask` does {do, given}; `tell({dark, narrow})` hears
 * of the page: whether it is dark, and too narrow for a map of `choices.least` pixels.
 */
export function mount(element, choices, state, ask, tell = () => {}) {
  const page = frame(element, "wl-map-controls", STYLE);
  const { root, alert, status, guarded } = page;
  const sign = make("small", {});
  const act = actor(ask, waiter(root, sign));
  const button = (text, action) => make("button", { type: "button", onclick: guarded(action) }, text);
  const options = (names) => names.map((name) => make("option", { value: name }, name));

  const colour = make("select", { onchange: guarded(() => act("colour", colour.value)) }, ...options(choices.colours));
  const legend = make("ul", { "aria-label": "what the colours stand for, and of how many points" });
  // JupyterLab keeps to itself what Enter does in a field, such as to send a form.
  const onEnter = (action) => (event) => { if (event.key === "Enter") action(); };
  let asked = String(state.row); // leaving the field asks no second time
  const go = guarded(() => {
    asked = row.value;
    const wanted = Number(row.value);
    if (row.value === "" || !Number.isInteger(wanted) || wanted < 0 || wanted > choices.last) {
      throw new InputError(`"${row.value}" is no row; rows are 0 to ${choices.last}`);
    }
    return act("choose", wanted);
  });
  const row = make("input", { type: "number", min: 0, max: choices.last, step: 1, onchange: () => { if (row.value !== asked) go(); }, onkeydown: onEnter(go) });
  const next = button("Next with this skeleton", () => (next.getAttribute("aria-disabled") === "true" ? null : act("next")));
  const follow = guarded(() => act("rule", rule.value));
  const rule = make("input", { type: "text", onkeydown: onEnter(follow), spellcheck: "false", autocomplete: "off", placeholder: "vertices == 5 and edges > 6" });
  const { column, low, high, adjust, range } = sliders();

  /** Two sliders of whole positions, so that both ends of a column are reached exactly. */
  function sliders() {
    const column = make("select", { onchange: guarded(() => { adjust(column.value, ...choices.ends[column.value]); return send(); }) }, ...options(Object.keys(choices.ends)));
    const [low, high] = ["from", "to"].map((word) => ({ word, input: make("input", { type: "range", min: 0, step: 1 }), text: make("span", { class: "value" }) }));
    let timer = null;
    const positions = () => { const [least, most] = choices.ends[column.value]; return choices.whole[column.value] ? most - least : 200; };
    const value = ({ input }) => {
      const [least, most] = choices.ends[column.value];
      return Number(input.value) === positions() ? most : least + ((most - least) * Number(input.value)) / (positions() || 1);
    };
    const send = () => act("between", column.value, value(low), value(high));
    const say = (one) => { one.text.textContent = said(value(one)); one.input.setAttribute("aria-valuetext", said(value(one))); };
    const moved = (one, other, wrong) => () => {
      if (wrong(Number(one.input.value), Number(other.input.value))) other.input.value = one.input.value;
      [low, high].forEach(say);
      clearTimeout(timer);
      timer = setTimeout(guarded(send), REST);
    };
    low.input.addEventListener("input", moved(low, high, (a, b) => a > b));
    high.input.addEventListener("input", moved(high, low, (a, b) => a < b));
    /** Put the sliders of a column at these two values, as near as their positions allow. */
    const adjust = (name, from, to) => {
      column.value = name;
      const [least, most] = choices.ends[name];
      for (const [{ input }, wanted] of [[low, from], [high, to]]) {
        input.max = positions();
        input.value = Math.round((positions() * (wanted - least)) / (most - least || 1));
      }
      [low, high].forEach(say);
    };
    const range = ({ word, input, text }) => make("label", {}, word, input, text);
    return { column, low, high, adjust, range };
  }

  root.append(
    make("p", {}, `Every point is a cell: ${choices.points}. `, make("b", {}, "Click one"), " to see it drawn. Many at once: draw round them with the lasso, a button beside the map, or type a rule. ", sign),
    make("div", { class: "row" }, make("label", {}, "Colour by", colour), legend),
    make("div", { class: "row" }, make("label", {}, `Row, 0 to ${choices.last}`, row), next, button("Reset", () => act("reset"))),
    make("div", { class: "row" }, make("label", { class: "rule" }, "Select by a rule", rule), button("Select", follow)),
    make("p", { class: "names" }, `A rule may name: ${Object.keys(choices.ends).join(", ")}.`),
    make("div", { class: "row" }, make("label", {}, "Show only", column), range(low), range(high), status),
    alert,
  );
  let resets = null;
  const update = (now) => {
    colour.value = now.colour;
    row.value = asked = String(now.row);
    next.setAttribute("aria-disabled", String(now.alone));
    legend.replaceChildren(...now.legend.map(({ label, fill, count }) => make("li", {},
      make("span", { class: "swatch", style: `background: ${fill}` }), `${label} `, make("small", {}, `(${said(count)})`))));
    status.textContent = now.shown;
    if (now.resets === resets) return;
    resets = now.resets;
    rule.value = "";
    adjust(Object.keys(choices.ends)[0], ...Object.values(choices.ends)[0]);
    if (now.between) adjust(...now.between);
  };
  update(state);
  const look = () => { if (root.clientWidth) tell({ dark: isDark(), narrow: root.clientWidth < choices.least }); };
  const watchers = [new MutationObserver(look), new ResizeObserver(look)];
  watchers[0].observe(root, { attributes: true, attributeFilter: ["class"] });
  watchers[1].observe(root);
  return { ...page, update, close: () => { watchers.forEach((watcher) => watcher.disconnect()); page.close(); } };
}

export default {
  render({ model, el }) {
    const tell = (page) => {
      if (Object.entries(page).every(([name, now]) => model.get(name) === now)) return;
      model.set(page);
      model.save_changes();
    };
    const view = mount(el, model.get("choices"), model.get("state"), asker(model), tell);
    const stop = on(model, "change:state", () => view.update(model.get("state")));
    return () => { stop(); view.close(); };
  },
};
