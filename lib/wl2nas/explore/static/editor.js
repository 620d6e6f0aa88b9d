// The cell editor: change a cell, see its latent point move; drag the point, see the cell change.
//
// Three linked views: the cell, its latent point on a map, the cell that is decoded there. One module,
// two hosts: anywidget calls `render` (JupyterLab, Colab), a plain page calls `mount`.

import { canonical, codeOf, padded, publishedProblem, strictProblem } from "./cell.js";
import { asker, frame, make } from "./parts.js";
import { nearest, project, readFile, readModels } from "./model.js";
import { decodeState, differenceWords, differences, encodeState, judge, plainDraw, steps, verdict } from "./editor_text.js";
import { drawArcs, rulesTable } from "./editor_view.js";
import { EXAMPLES } from "./editor_examples.js";
import { able, cellBoard } from "./editor_board.js";
import { cellFacts, joined, nearList, sampleKnowledge } from "./editor_facts.js";
import { latentMap } from "./editor_map.js";

const EDITOR_STYLE = `
.wl-editor .views { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 10px; align-items: start; }
.wl-editor h2 { margin: 0 0 4px; font-size: 16px; font-weight: 600; }
.wl-editor .about { min-height: 2.6em; margin: 4px 0; }
.wl-editor .board svg { touch-action: none; }
.wl-editor .board [data-vertex], .wl-editor .board .edge { cursor: pointer; }
.wl-editor .board .edge:hover path:nth-of-type(2) { stroke-width: 3; }
.wl-editor svg [tabindex]:focus-visible circle { stroke: var(--focus); stroke-width: 2.6; }
.wl-editor .map { position: relative; border: 1px solid var(--line); border-radius: 4px; background: var(--field); }
.wl-editor .map canvas { display: block; width: 100%; height: auto; }
.wl-editor .map svg { position: absolute; inset: 0; cursor: crosshair; }
.wl-editor .handle { cursor: grab; }
.wl-editor .map text { paint-order: stroke; stroke: var(--field); stroke-width: 3px; }
.wl-editor table.bits td { padding: 0; text-align: center; border: none; }
.wl-editor table.bits th { border: none; padding: 1px 4px; text-align: center; color: var(--soft); }
.wl-editor table.bits th.lit { color: var(--ink); font-weight: 700; }
.wl-editor button.bit { padding: 0; width: 30px; height: 26px; border-radius: 3px; border-color: var(--line); }
.wl-editor button.take { padding: 2px; background: none; width: 100%; border-color: var(--line); }
.wl-editor pre { margin: 6px 0 0; padding: 6px 8px; background: var(--field); color: inherit; font: 12.5px/1.4 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.wl-editor pre.now { border-left: 4px solid var(--mark); }
.wl-editor [role="status"] { min-height: 4.4em; }
.wl-editor .mine { min-height: 2.9em; font-size: 14px; border-left: 4px solid transparent; padding-left: 6px; }
.wl-editor .mine.no { border-color: var(--mark); }
.wl-editor .tight button { font-size: 13px; padding: 4px 6px; }
.wl-editor [aria-busy="true"] { opacity: 0.5; }
.wl-editor .soft { color: var(--soft); font-size: 13px; }
.wl-editor .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(155px, 1fr)); gap: 10px; align-items: start; }
.wl-editor .halves { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 10px 20px; align-items: start; }
.wl-editor .facts svg { height: 92px; margin: 0 auto; }
.wl-editor .row.tight { gap: 4px; }
.wl-editor .row:empty { display: none; }
.wl-editor .rules td, .wl-editor .rules th { white-space: normal; padding: 3px 8px; }
.wl-editor .below > * { margin-top: 10px; }
.wl-editor summary h2 { display: inline; }
.wl-editor input[type="text"] { width: 100%; }
@media (max-width: 760px) { .wl-editor .views { grid-template-columns: minmax(0, 1fr); } .wl-editor .halves { grid-template-columns: minmax(0, 1fr); } .wl-editor .facts { grid-template-columns: repeat(2, minmax(0, 1fr)); } .wl-editor .views pre { display: none; } }
`;
const NEAR = 5; // cells that are drawn as the nearest
const SETTLED = 150; // milliseconds without a move, until what lies near is drawn
const MOST_STATES = 200; // that can be undone
const STILL = [0, 0];
const isStill = ([a, b]) => a === 0 && b === 0;

/** What a draft says by itself, wherever the point is. */
function understand(draft, model, rules) {
  const strict = strictProblem(draft, rules);
  const { cell: form, order } = strict ? { cell: draft, order: draft.ops.map((_, v) => v) } : canonical(draft, rules);
  const latent = model.encode(form);
  const all = padded(draft, rules);
  return { draft, model, strict, form, latent, point: model.embed(latent), numbers: all.ops.map((_, v) => order[v] ?? v), code: strict ? null : codeOf(form, rules), published: publishedProblem(all, rules) };
}

/** What is decoded from the point of a draft, moved along the two directions. */
function decodeAt({ model, latent, form, numbers }, move, rules) {
  const moved = model.move(latent, move);
  const draw = model.decode(moved);
  const marks = differences(form, draw, rules);
  const words = differenceWords(form, draw, rules, marks, numbers);
  return { draw, marks, words, point: model.embed(moved), judged: judge(draw, rules), verdict: verdict(form, draw, rules, words) };
}

/**
 * Show the editor in an element. file: the models, an ArrayBuffer or a view; start: a state as text;
 * onChange(text) is told of every change; ask: where there is a kernel, a function from a question to
 * the promise of an answer. Returns {get, set, problems, close}.
 */
export function mount(element, { file, start = "", onChange = () => {}, ask = null }) {
  const { root, alert, status, guarded, report, problems, close } = frame(element, "wl-editor", EDITOR_STYLE);
  const read = ArrayBuffer.isView(file) ? readFile(file.buffer, file.byteOffset, file.byteLength) : readFile(file);
  const { rules, sample, cells: total } = read.header;
  const [models, knowledge, maps] = [readModels(read), sampleKnowledge(sample), new Map()];
  const names = [...models.keys()];
  const fitting = Object.entries(EXAMPLES).filter(([, [ops]]) => ops.every((name) => rules.operations.includes(name)));
  const example = ([ops, edges]) => `ops=${ops.join(",")}&edges=${edges}`;
  let state = decodeState(fitting.length ? example(fitting[0][1]) : "ops=&edges=0-1", rules, names);
  const sentences = new Map(fitting.map(([, given]) => [encodeState(decodeState(example(given), rules, names), rules), given[2]]));
  let begin = encodeState(state, rules);
  let shown = null; // what `understand` says of the draft
  let step = 0; // of the three, the one that the reader did last
  let everywhere = false; // whether Python looks among all cells
  let [past, future, settling, asked, dragging, told] = [[], [], null, 0, false, begin];

  // --- changes ---------------------------------------------------------------------------------

  const button = (text, action, attributes = {}) => make("button", { type: "button", "data-focus": text, onclick: guarded(action), ...attributes }, text);

  /** A new state. `joined`: it belongs to the change before, so that a whole drag is undone at once. */
  function change(next, { focus = null, joined = false, doing = 0 } = {}) {
    const before = encodeState(state, rules);
    state = { ...state, ...next };
    step = doing;
    const after = encodeState(state, rules);
    if (before !== after && !joined) [past, future] = [[...past.slice(1 - MOST_STATES), before], []];
    showAll(focus);
    if (!doing) tell();
  }
  /** Tell of a change once; of moves when they have settled, since a browser refuses many new addresses. */
  function tell() {
    const now = encodeState(state, rules);
    if (now !== told) onChange(told = now);
  }
  const edit = (draft, focus) => change({ draft, move: STILL }, { focus });
  const take = (cell) => edit(cell, "vertex 0");
  const goHome = (focus) => change({ move: STILL }, { focus, doing: 1 });
  function travel(from, to, focus) {
    if (!from.length) return;
    to.push(encodeState(state, rules));
    state = decodeState(from.pop(), rules, names);
    showAll(focus);
    tell();
  }
  const undo = () => travel(past, future, "Undo");
  const redo = () => travel(future, past, "Redo");
  function onMove(target, finished) {
    const home = project(shown.model, shown.point);
    change({ move: target.map((value, axis) => Number((value - home[axis]).toFixed(4))) }, { focus: "handle", joined: dragging, doing: 1 });
    dragging = !finished;
  }
  function takeDecoded() {
    const { judged } = decodeAt(shown, state.move, rules);
    if (canEdit(judged.real)) take(judged.cell ?? judged.real);
  }
  /** Whether a draw, cell or not, can be a draft: input first, output last, operations between. */
  const canEdit = ({ ops }) => ops.length > 1 && ops.every((op, v) => (v === 0 ? op === 0 : v === ops.length - 1 ? op === rules.operations.length - 1 : op > 0 && op < rules.operations.length - 1));

  // --- the parts -------------------------------------------------------------------------------

  const board = cellBoard({ rules, guarded, button, edit, order: () => shown.code !== null && edit(shown.form, "Canonical order") });
  const facts = cellFacts({ rules, knowledge, guarded, button, take });
  const near = nearList({ rules, knowledge, guarded, take });
  const [mapPlace, axes, output, table] = [make("div", {}), make("p", { class: "soft" }), make("div", {}), make("div", {})];
  const mine = make("p", { class: "mine", "aria-live": "polite" });
  const known = make("span", { class: "soft" });
  const homing = button("Back to the cell", () => goHome("Back to the cell"));
  const taking = button("Take this cell", takeDecoded);
  const [undoing, redoing] = [button("Undo", undo), button("Redo", redo)];
  const choices = make("div", { class: "row tight", role: "group", "aria-label": "model" });
  const codes = [0, 1, 2].map(() => make("pre", {}));
  const whole = make("pre", {});
  const link = make("input", { type: "text", readonly: true, "aria-label": "state to copy", "data-focus": "link" });

  function map() {
    if (!maps.has(state.model)) maps.set(state.model, latentMap(models.get(state.model), guarded(onMove), guarded(() => goHome("handle"))));
    return maps.get(state.model);
  }
  const movedBy = () => `moved by ${state.move.map((value) => value.toFixed(2)).join(" and ")}`;

  function showDecoded({ draw, marks, words: list, verdict: said, judged }) {
    output.replaceChildren(drawArcs(plainDraw(draw), rules, { count: rules.maxVertices, marks, numbers: shown.numbers, label: `decoded: ${said}` }));
    status.replaceChildren(isStill(state.move) ? "" : `The point is ${movedBy()}. `, make("b", {}, said), list.length ? ` ${list.slice(0, 5).join("; ")}${list.length > 5 ? `; and ${list.length - 5} more` : ""}.` : "");
    able(taking, canEdit(judged.real));
    const code = judged.cell && codeOf(judged.cell, rules);
    known.textContent = code === null ? "" : joined(knowledge.row(code), knowledge.accuracy(code)) || "not in the sample";
    table.replaceChildren(rulesTable(shown, judged));
  }

  function showPoint() {
    const now = decodeAt(shown, state.move, rules);
    const { short, whole: program } = steps(state, rules, sample.seed);
    showMap(now, []);
    showDecoded(now);
    codes.forEach((place, k) => { place.textContent = short[k]; place.classList.toggle("now", k === step || k === 2); });
    [whole.textContent, link.value] = [program, encodeState(state, rules)];
    able(homing, !isStill(state.move));
    able(undoing, past.length > 0);
    able(redoing, future.length > 0);
    clearTimeout(settling);
    asked += 1; // an answer that is on its way is for another point
    near.element.setAttribute("aria-busy", "true");
    settling = setTimeout(settle, SETTLED, now);
  }
  const showMap = (now, found) => map().show({ cell: project(shown.model, shown.point), at: project(shown.model, now.point), near: found.map(({ place }, k) => [place, k + 1]), words: isStill(state.move) ? "at the cell" : movedBy() });

  async function settle(now) {
    try {
      tell();
      await showNear(now);
    } catch (error) {
      near.element.removeAttribute("aria-busy");
      report(error);
    }
  }

  /** The nearest cells: of the sample at once; of all, if the reader wants it, from Python. */
  async function showNear(now) {
    const number = asked;
    const found = everywhere ? await askNear(now) : nearInSample(now);
    if (number !== asked) return; // the reader went on
    near.element.removeAttribute("aria-busy");
    near.show(found, everywhere ? `all ${total.toLocaleString("en")} cells` : knowledge.among, state.model);
    showMap(now, found);
  }
  function nearInSample({ point }) {
    const { model } = shown;
    const place = (k) => project(model, model.sample.subarray(k * point.length, (k + 1) * point.length));
    return nearest(model, point, NEAR, knowledge.index(shown.code)).map(({ index, distance }) => ({ code: sample.codes[index], row: sample.rows[index], distance, place: place(index) }));
  }
  async function askNear({ point }) {
    const { nearest: found } = await ask({ model: state.model, point: [...point], number: NEAR, skip: shown.code });
    return found.map((cell) => ({ ...cell, place: project(shown.model, cell.point) }));
  }

  /** Draw everything that a change can reach, and put the focus back where it was. */
  function showAll(focus) {
    const model = models.get(state.model);
    const wanted = focus ?? (root.contains(document.activeElement) ? document.activeElement.getAttribute("data-focus") : null);
    if (shown?.draft !== state.draft || shown.model !== model) showDraft(model);
    showPoint();
    const place = wanted && root.querySelector(`[data-focus="${CSS.escape(wanted)}"]`);
    if (place && place !== document.activeElement) place.focus({ preventScroll: true });
  }
  function showDraft(model) {
    shown = understand(state.draft, model, rules);
    board.show(state.draft, shown.code === null || codeOf(state.draft, rules) === shown.code);
    mine.textContent = shown.strict ? `This is no cell: ${shown.strict}.` : "This is a cell.";
    mine.classList.toggle("no", Boolean(shown.strict));
    facts.show(shown);
    said.textContent = sentences.get(encodeState({ ...state, model: names[0], move: STILL }, rules)) ?? "";
    if (mapPlace.firstChild !== map().element) mapPlace.replaceChildren(map().element);
    const [across, up] = model.shares.map((share) => `${Math.round(100 * share)}\u00a0%`);
    axes.textContent = `Across and up: principal directions, ${across} and ${up} of the variance. The other coordinates stay.${shown.latent.length > 1 ? ` The point is the mean of the points of ${shown.latent.length} vertices; the decoder is given all of them, one for each place of the cell.` : ""}`;
    choices.replaceChildren(...(names.length > 1 ? ["Model:", ...names.map((name) => button(name, () => change({ model: name, move: STILL }, { focus: name }), { "aria-pressed": String(name === state.model) }))] : []));
  }

  // --- the page --------------------------------------------------------------------------------

  const about = make("p", {}, "A cell is a small network: data come in at “in” and go along the arrows, through convolutions (3, 1) and poolings (P). ", make("b", {}, "Change the cell"), ": the model puts it at a point on the map, and from that point alone it decodes a cell. Or ", make("b", {}, "drag the orange point"), " and see what is decoded there.");
  const said = make("p", { class: "about" });
  const examples = make("div", { class: "row tight", role: "group", "aria-label": "examples" }, "Start from:", ...fitting.map(([name, given]) => button(name, () => {
    change({ ...decodeState(example(given), rules, names), model: state.model }, { focus: name });
  })));
  const copied = make("span", { "aria-live": "polite" });
  const copy = (name, text, source) => button(name, async () => {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text());
      copied.textContent = "Copied.";
    } else { // a page that is not served safely may not write there
      if (source === link) link.select(); else getSelection().selectAllChildren(source);
      copied.textContent = "Press Ctrl+C: the text is selected.";
    }
  });
  const page = () => (location.protocol.startsWith("http") && root.closest(".jp-Notebook, .lm-Widget") === null ? `${location.href.split("#")[0]}#` : "");
  const section = (title, ...children) => make("section", {}, make("h2", {}, title), ...children);
  const narrow = window.matchMedia("(max-width: 760px)").matches; // where what is further down is folded
  const folded = (title, ...children) => make("section", {}, make("details", { open: !narrow }, make("summary", { "data-focus": `fold ${title}` }, make("h2", {}, title)), ...children));
  const scope = make("div", { class: "row tight", role: "group", "aria-label": "where to look" }, ...["the sample", `all ${total.toLocaleString("en")} cells`].map((name, k) => button(name, (event) => {
    everywhere = k === 1;
    for (const each of scope.children) each.setAttribute("aria-pressed", String(each === event.target));
    if (everywhere) near.element.replaceChildren(make("p", {}, "Python looks among all cells. The first time it embeds them, which can take a minute."));
    showPoint();
  }, { "aria-pressed": String(k === 0) })));
  const set = (text) => change(decodeState(text, rules, names));
  const soft = (text) => make("p", { class: "soft" }, text);
  const copying = make("div", { class: "row" }, copy("Copy as Python", () => whole.textContent, whole), copy("Copy link", () => page() + link.value, link), copied);
  root.append(about, examples, said, make("div", { class: "row tight" }, choices, undoing, redoing, button("Reset", () => set(begin))), alert,
    make("div", { class: "views" },
      section("1. Your cell", board.drawing, mine, ...board.controls, codes[0]),
      section("2. Its latent point", mapPlace, soft("Drag the orange point, click on the map, or use the arrow keys (with Shift: small steps)."), make("div", { class: "row tight" }, homing), axes, codes[1]),
      section("3. The cell decoded there", output, status, make("div", { class: "row tight" }, taking, known), soft("Thick orange: not as in your cell; dashed: missing. Numbers are those of your vertices."), codes[2])),
    make("div", { class: "below" }, folded("About your cell", facts.element), folded("The nearest cells to the point", ask ? scope : "", near.element), folded("Which rule calls it a cell?", table),
      make("details", {}, make("summary", { "data-focus": "fold code" }, "The code of these steps, and a link"), whole, copying, link)));
  root.addEventListener("keydown", guarded((event) => {
    if (!(event.ctrlKey || event.metaKey) || !"zy".includes(event.key.toLowerCase()) || event.target === link) return;
    event.preventDefault();
    if (event.key.toLowerCase() === "y" || event.shiftKey) redo(); else undo();
  }));
  showAll();
  if (start) guarded(() => { set(start); begin = encodeState(state, rules); })();
  [past, future, told] = [[], [], encodeState(state, rules)];
  showPoint();
  return { get: () => encodeState(state, rules), set: (text) => guarded(() => set(text))(), problems, close: () => { clearTimeout(settling); close(); } };
}

// --- JupyterLab and Colab, through anywidget -----------------------------------------------------

export default {
  render({ model, el }) {
    const editor = mount(el, {
      file: model.get("file"), start: model.get("state"), ask: asker(model),
      onChange: (text) => { model.set("state", text); model.save_changes(); },
    });
    const follow = () => model.get("state") !== editor.get() && editor.set(model.get("state"));
    model.on("change:state", follow);
    return () => { model.off("change:state", follow); editor.close(); };
  },
};
