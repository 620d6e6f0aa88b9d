// The classes of same-skeleton cells: step from class to class, all members side by side.
//
// One module, two hosts: anywidget calls `render` and Python answers; a plain page calls `mount` and
// answers from a sample (classes.html).

import { InputError } from "./graphs.js";
import { asker, drawCell, frame, make } from "./parts.js";
import { newest, waiter } from "./asking.js";

const STYLE = `
.wl-classes input[type="number"] { width: 6.5em; }
.wl-classes label { display: inline-flex; flex-wrap: wrap; gap: 6px; align-items: center; }
.wl-classes .waits { color: var(--soft); min-width: 7em; }
.wl-classes section { display: flex; flex-direction: column; justify-content: space-between; }
.wl-classes section.chosen { border-color: var(--ink); }
.wl-classes figcaption b { color: var(--ink); }
.wl-classes .turned { color: var(--mark); }
`;
const counted = (number) => number.toLocaleString("en-US");

/**
 * Show the explorer in an element. `given`: {sizes: {size: classes}, last, start, about}, with the
 * last row that may be typed. `ask`: a function from {size, number} or {row} to the promise of a
 * description (see `classes.for_page`). `onChange(row)` is told of every class shown; `first` is the
 * row that is shown at first.
 * Returns {choose, problems, close}; `choose({row})` shows a class.
 */
export function mount(element, given, ask, onChange = () => {}, first = given.start) {
  const { root, alert, status, guarded, problems, close } = frame(element, "wl-classes", STYLE);
  const waits = make("span", { class: "waits" });
  const asking = newest(ask, waiter(root, waits));
  const members = make("div", { class: "cells" });
  const sizes = Object.keys(given.sizes).map(Number);
  let shown = { size: sizes[0], number: 0 };

  const choose = async (question) => {
    const said = await asking(question);
    if (said === null) return; // a newer question came
    shown = { size: said.size, number: said.number };
    status.textContent = said.words;
    members.replaceChildren(...pictures(said));
    follow(said.rows[0]);
    onChange(said.rows[0]);
  };
  const step = (by) => {
    const classes = given.sizes[shown.size];
    // Counted on at once: whoever presses twice goes two classes on.
    shown = { ...shown, number: (shown.number + by + classes) % classes };
    return choose(shown);
  };

  const button = (text, action, more = {}) => make("button", { type: "button", onclick: guarded(action), ...more }, text);
  const buttons = sizes.map((size) => button(String(size), () => choose({ size, number: 0 }), { "aria-pressed": "false" }));
  const number = field((value) => choose({ size: shown.size, number: value }), () => given.sizes[shown.size] - 1);
  const row = field((value) => choose({ row: value }), () => given.last);
  const numberText = make("span", {});
  function field(action, last) {
    const take = guarded(({ target }) => {
      const value = Number(target.value);
      if (target.value === "" || !Number.isInteger(value) || value < 0 || value > last()) throw new InputError(`"${target.value}" is not a whole number from 0 to ${counted(last())}`);
      return action(value);
    });
    // JupyterLab keeps to itself what Enter does in a field; what it took is no change later.
    let taken = false;
    const onEnter = (event) => { if (event.key === "Enter") { event.preventDefault(); taken = true; take(event); } };
    return make("input", { type: "number", min: 0, step: 1, oninput: () => { taken = false; }, onchange: (event) => { if (!taken) take(event); }, onkeydown: onEnter });
  }
  /** The controls say what is shown. */
  function follow(first) {
    sizes.forEach((size, k) => buttons[k].setAttribute("aria-pressed", String(size === shown.size)));
    const last = given.sizes[shown.size] - 1;
    numberText.textContent = `Class, 0 to ${counted(last)}`;
    number.max = last;
    number.value = shown.number;
    row.value = first;
  }
  row.max = given.last;

  root.append(
    make("p", {}, "These cells are the same once the arrows lose their heads. They differ in the ", make("b", { class: "turned" }, "thick arrows"), ", which point the other way than in the first cell."),
    given.about ? make("p", {}, given.about) : "",
    make("div", { class: "row", role: "group", "aria-label": "cells with this skeleton" }, make("span", {}, "Cells with this skeleton"), ...buttons),
    make("div", { class: "row" }, make("label", {}, numberText, number), button("Previous", () => step(-1)), button("Next", () => step(1)),
      make("label", {}, `Row, 0 to ${counted(given.last)}`, row), button("Reset", () => choose({ row: given.start })), waits),
    alert, members, status,
  );
  guarded(choose)({ row: first });
  return { choose: guarded(choose), problems, close };
}

/** The coloured skeleton and all members, with what sets each apart. */
function pictures({ rows, cells, numbers, turned, colours, longest, values }) {
  const skeleton = drawCell(cells[0], { colours, directed: false, numbers: true, label: "the skeleton, coloured by refinement on A + A^T" });
  const members = rows.map((row, k) => {
    const marked = turned[k].map((edge) => edge.map((v) => numbers[k].indexOf(v)));
    const drawn = drawCell(cells[k], { numbers: numbers[k], marked, label: `the cell of row ${row}` });
    const said = [`longest path ${longest[k]}`, ...Object.entries(values).map(([name, column]) => `${name} ${column[k]}`)];
    const turns = turned[k].length ? make("span", { class: "turned" }, ` · turns ${turned[k].map(([i, j]) => `${j}→${i}`).join(", ")} round`) : "";
    return panel(drawn, k === 0 ? "chosen" : "", make("b", {}, `row ${row}`), ` · ${said.join(" · ")}`, turns);
  });
  return [panel(skeleton, "", make("b", {}, "skeleton"), ", coloured on A + A^T"), ...members];
}

function panel(drawn, name, ...caption) {
  return make("section", { class: name }, make("figure", {}, drawn, make("figcaption", {}, ...caption)));
}

export default {
  render({ model, el }) {
    return mount(el, model.get("given"), asker(model)).close;
  },
};
