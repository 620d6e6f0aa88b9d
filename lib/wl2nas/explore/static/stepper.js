// The stepper: draw a directed labelled graph, or two, and refine its colours round by round.
//
// One module, two hosts: anywidget calls `render` (JupyterLab, Colab), a plain page calls `mount`.

import { DIRECTIONS, InputError, LIMITS, cellProblem, checkLength, makeGraph } from "./graphs.js";
import { decode, decodeGraph, encode, read } from "./texts.js";
import { classLetter, frame, make, stillness } from "./parts.js";
import { ABOUT, PRESETS, START, WELCOME } from "./presets.js";
import { SHORT_NAMES, VIEW_NAMES, adjacencyTable, canvas, drawEdges, drawVertex, histogram, lastRound, sentence, signatureLine, signatureTable, stochasticTable, view } from "./stepper_view.js";

const STYLE = `
.wl-stepper .main { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 10px; align-items: start; }
.wl-stepper .directions { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px; }
.wl-stepper .boards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 230px), 1fr)); gap: 8px; }
.wl-stepper .directions section { cursor: pointer; font-size: 13px; padding: 5px; }
.wl-stepper .directions section.chosen { border: 2px solid var(--focus); padding: 4px; }
.wl-stepper .directions button { width: 100%; font-size: 13px; padding: 3px 4px; }
.wl-stepper .editor svg { background: var(--field); border: 1px dashed var(--line); border-radius: 6px; touch-action: none; }
.wl-stepper .editor circle, .wl-stepper .editor .half { transition: fill 0.7s; }
.wl-stepper svg [tabindex]:focus-visible circle { stroke-width: 1.4; }
.wl-stepper .lit circle { stroke: var(--mark); stroke-width: 1.8; }
.wl-stepper .lit line { stroke: var(--mark); stroke-width: 1.4; }
.wl-stepper .lit polygon { fill: var(--mark); }
.wl-stepper td.lit, .wl-stepper th.lit { background: var(--warn); font-weight: 600; }
.wl-stepper [role="alert"], .wl-stepper .look { min-height: 2.1em; margin: 4px 0; }
.wl-stepper .under { paint-order: stroke; stroke: var(--field); stroke-width: 1.4px; }
.wl-stepper [role="status"] { font-weight: 600; min-height: 1.5em; }
.wl-stepper textarea, .wl-stepper input[type="text"] { width: 100%; }
.wl-stepper .swatch { display: inline-block; min-width: 1.6em; text-align: center; border: 1px solid var(--ink); border-radius: 3px; color: #000; margin: 0 1px; }
@media (max-width: 640px) { .wl-stepper .main { grid-template-columns: minmax(0, 1fr); } .wl-stepper .directions { grid-template-columns: repeat(4, minmax(0, 1fr)); } .wl-stepper .directions p { display: none; } .wl-stepper .directions button { font-size: 11px; } }
@media (prefers-reduced-motion: reduce) { .wl-stepper .editor circle, .wl-stepper .editor .half { transition: none; } }
`;
// What is said of a graph goes with its vertices and edges, wherever they are drawn.
const shape = (graphs) => graphs.map(({ labels, edges }) => `${labels};${edges.map((edge) => edge.join("-")).sort()}`).join("|");
const SAID = new Map([[shape([decodeGraph(START)]), WELCOME], ...Object.keys(PRESETS).map((name) => [shape(PRESETS[name].map(decodeGraph)), ABOUT[name]])]);
const OWN = "A graph of your own. Press Step: every vertex looks at its neighbours, and vertices that see different things get different colours.";
const PAUSE = 1100; // milliseconds between two rounds while it plays
const MOST_UNDONE = 100;

/**
 * Show the stepper in an element, from a state as text; `onChange(text)` is told of every change.
 * Returns {get, set, problems, close}: the state, a way to set it, the exceptions that were caught.
 */
export function mount(element, start, onChange = () => {}) {
  const { root, alert, status, guarded, problems, close } = frame(element, "wl-stepper", STYLE);
  let state = { round: 0, cell: false, graphs: [decodeGraph(START)] };
  let direction = "both";
  let selected = null; // [graph, vertex]
  let playing = null;
  let [past, future] = [[], []];
  const open = new Set();

  // --- changes ---------------------------------------------------------------------------------

  const change = (next, focus) => {
    const before = encode(state);
    state = { ...state, ...next };
    if (selected && !(selected[1] < (state.graphs[selected[0]]?.labels.length ?? 0))) selected = null;
    state.round = Math.max(0, Math.min(state.round, lastRound(state)));
    if (next.graphs) [past, future] = [[...past.slice(1 - MOST_UNDONE), before], []];
    render(focus);
    onChange(encode(state));
  };
  const travel = (from, to, focus) => {
    if (!from.length) return;
    to.push(encode(state));
    state = { ...decode(from.pop()), round: 0 };
    selected = null;
    render(focus);
    onChange(encode(state));
  };
  const undo = () => travel(past, future, "Undo");
  const redo = () => travel(future, past, "Redo");
  const replaceGraph = (k, graph, focus) => change({ graphs: state.graphs.map((old, i) => (i === k ? graph : old)), round: 0 }, focus);
  const edit = (k, edges, labels, positions, focus) => replaceGraph(k, makeGraph(labels.length, edges, labels, positions), focus);
  const toggleEdge = (k, i, j) => {
    const { edges, labels, positions } = state.graphs[k];
    const rest = edges.filter(([a, b]) => a !== i || b !== j);
    edit(k, rest.length < edges.length ? rest : [...edges, [i, j]], labels, positions, `vertex ${k} ${j}`);
  };
  const addVertex = (k, position) => {
    const { edges, labels, positions } = state.graphs[k];
    edit(k, edges, [...labels, 0], [...positions, position ?? freePlace(positions)], `vertex ${k} ${labels.length}`);
  };
  const withSelected = (action) => () => {
    if (!selected) throw new InputError("no vertex is selected; choose one in the drawing first");
    action(state.graphs[selected[0]], ...selected);
  };
  const deleteVertex = withSelected((graph, k, v) => {
    if (graph.labels.length === 1) throw new InputError("the last vertex stays; a graph needs one");
    const rename = (u) => u - (u > v);
    const edges = graph.edges.filter((edge) => !edge.includes(v)).map((edge) => edge.map(rename));
    selected = null;
    edit(k, edges, graph.labels.toSpliced(v, 1), graph.positions.toSpliced(v, 1));
  });
  const relabel = (step) => withSelected((graph, k, v) => {
    const label = (graph.labels[v] + step + LIMITS.label + 1) % (LIMITS.label + 1);
    edit(k, graph.edges, graph.labels.with(v, label), graph.positions);
  });
  const moveTo = (k, v, [x, y]) => {
    const graph = state.graphs[k];
    const place = [x, y].map((c) => Math.max(5, Math.min(95, Math.round(c))));
    change({ graphs: state.graphs.map((old, i) => (i === k ? { ...graph, positions: graph.positions.with(v, place) } : old)) }, `vertex ${k} ${v}`);
  };
  const deselect = () => { if (selected) { selected = null; render(); } };

  /** A first choice selects; a second one in the same graph joins, or takes the edge away. */
  const choose = (k, v) => {
    if (selected && selected[0] === k && selected[1] !== v) {
      const from = selected[1];
      selected = null;
      toggleEdge(k, from, v);
    } else {
      selected = selected && selected[1] === v && selected[0] === k ? null : [k, v];
      render(`vertex ${k} ${v}`);
    }
  };

  // --- steps -----------------------------------------------------------------------------------

  const goto = (round) => change({ round });
  const stop = () => { clearInterval(playing); playing = null; play.textContent = "Play"; play.setAttribute("aria-pressed", "false"); };
  const toggle = () => {
    if (playing) { stop(); return; }
    if (state.round >= lastRound(state)) goto(0);
    playing = setInterval(guarded(() => (state.round < lastRound(state) ? goto(state.round + 1) : stop())), PAUSE);
    play.textContent = "Pause";
    play.setAttribute("aria-pressed", "true");
  };
  // Focus would be lost with `disabled`: a button that has nothing to do says so and does nothing.
  const button = (text, action, attributes = {}) => make("button", { type: "button", "data-focus": text, onclick: guarded((event) => event.currentTarget.getAttribute("aria-disabled") !== "true" && action(event)), ...attributes }, text);
  const able = (element, can) => element.setAttribute("aria-disabled", String(!can));
  const back = button("◀ Back", () => goto(state.round - 1));
  const step = button("Step ▶", () => goto(state.round + 1));
  const play = button("Play", toggle, { "aria-pressed": "false" });
  const [undoing, redoing] = [button("Undo", undo), button("Redo", redo)];
  const counter = make("strong", {});
  // JupyterLab takes the arrow keys away from a slider, so that they are handled here.
  const slider = make("input", { type: "range", min: 0, "aria-label": "round", "data-focus": "slider",
    oninput: guarded((event) => goto(Number(event.target.value))),
    onkeydown: guarded((event) => {
      const targets = { ArrowLeft: state.round - 1, ArrowDown: state.round - 1, ArrowRight: state.round + 1, ArrowUp: state.round + 1, Home: 0, End: lastRound(state) };
      if (!(event.key in targets)) return;
      event.preventDefault();
      goto(targets[event.key]);
    }) });

  // --- drawings --------------------------------------------------------------------------------

  const KEYS = { ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, -5], ArrowDown: [0, 5] };
  const onKey = (k, v) => guarded((event) => {
    const [x, y] = state.graphs[k].positions[v];
    if (event.key === "Enter" || event.key === " ") choose(k, v);
    else if (event.key === "Delete" || event.key === "Backspace") { selected = [k, v]; deleteVertex(); }
    else if (KEYS[event.key]) moveTo(k, v, [x + KEYS[event.key][0], y + KEYS[event.key][1]]);
    else return;
    event.preventDefault();
  });
  const look = make("p", { class: "look", "aria-live": "polite" });

  /** Light up a vertex, whom it sees, its row and column, and spell its signature; null for none. */
  function lookAt(k, v) {
    for (const element of root.querySelectorAll(".lit")) element.classList.remove("lit");
    if (v === null) { look.replaceChildren(selected ? "Choose another vertex to draw or remove the edge to it; Escape lets go." : "Click empty space to add a vertex; click two vertices to join them; drag to move. Hover one to see whom it sees."); return; }
    const shown = view(state, direction);
    const offset = k === 0 ? 0 : shown.first;
    const board = root.querySelector(`svg[data-graph="${k}"]`);
    for (const u of new Set(shown.lists.flatMap((list) => list[v + offset]))) {
      board.querySelector(`[data-vertex="${u - offset}"]`)?.classList.add("lit");
      for (const name of [`${v}-${u - offset}`, `${u - offset}-${v}`]) board.querySelector(`[data-edge="${name}"]`)?.classList.add("lit");
    }
    for (const part of root.querySelectorAll(`[data-matrix="${k}"] [data-row="${v}"], [data-matrix="${k}"] [data-column="${v}"]`)) part.classList.add("lit");
    const next = selected && selected[0] === k && selected[1] === v ? [". Choose another vertex to draw or remove the edge to it, or this one again to let go."] : [];
    look.replaceChildren(...signatureLine(state, direction, shown, v + offset), ...next);
  }

  function editor(k, shown) {
    const graph = state.graphs[k];
    const offset = k === 0 ? 0 : shown.first;
    const vertices = graph.labels.map((label, v) => drawVertex(graph, v, shown.names[v + offset], stillness() ? shown.names[v + offset] : shown.before[v + offset], label ? `${v} · ${label}` : String(v), {
      tabindex: 0, role: "button", "data-focus": `vertex ${k} ${v}`, style: "cursor: pointer",
      "aria-pressed": String(Boolean(selected && selected[0] === k && selected[1] === v)),
      "aria-label": `vertex ${v}, label ${label}, colour ${classLetter(shown.names[v + offset])}, edges to ${graph.edges.filter(([i]) => i === v).map(([, j]) => j).join(", ") || "none"}`,
      onkeydown: onKey(k, v), onfocus: () => lookAt(k, v), onpointerenter: () => lookAt(k, v), onpointerleave: () => lookAt(k, null), onblur: () => lookAt(k, null),
    }));
    const drawing = canvas({ "data-graph": k, role: "group", "aria-label": `graph ${"AB"[k]}, to draw in; colours by ${VIEW_NAMES[direction]}` }, ...drawEdges(graph, direction !== "undirected"), ...vertices);
    const place = (event) => {
      const box = drawing.getBoundingClientRect();
      return [-4 + (108 * (event.clientX - box.left)) / box.width, (-3 + (82 * (event.clientY - box.top)) / box.height) / 0.7];
    };
    const vertexOf = (event) => event.target.closest("[data-vertex]")?.getAttribute("data-vertex") ?? null;
    let pressed = null;
    drawing.addEventListener("pointerdown", guarded((event) => { pressed = event.button === 0 ? { vertex: vertexOf(event), at: place(event), empty: event.target === drawing } : null; }));
    drawing.addEventListener("pointerup", guarded((event) => {
      if (!pressed) return;
      const { vertex, at, empty } = pressed;
      const to = place(event);
      pressed = null;
      const dragged = Math.hypot(to[0] - at[0], to[1] - at[1]) > 4;
      if (vertex !== null) { if (dragged) moveTo(k, Number(vertex), to); else choose(k, Number(vertex)); }
      else if (empty && !dragged) { if (selected) deselect(); else addVertex(k, to.map((c) => Math.max(5, Math.min(95, Math.round(c))))); }
    }));
    return make("div", { class: "editor" }, state.graphs.length === 2 ? make("h3", {}, `Graph ${"AB"[k]}`) : null, drawing);
  }

  function panel(name) {
    const shown = view(state, name);
    let offset = 0;
    const drawings = state.graphs.map((graph, k) => {
      const names = shown.names.slice(offset, (offset += graph.labels.length));
      const label = `graph ${"AB"[k]}, colours ${names.map(classLetter).join(" ")}`;
      return canvas({ role: "img", "aria-label": label }, ...drawEdges(graph, name !== "undirected"), ...names.map((colour, v) => drawVertex(graph, v, colour, colour, "")));
    });
    const choosing = guarded(() => { direction = name; render(`direction ${name}`); });
    return make("section", { "data-direction": name, class: name === direction ? "chosen" : "", onclick: choosing },
      button(SHORT_NAMES[name], choosing, { "data-focus": `direction ${name}`, title: VIEW_NAMES[name], "aria-label": VIEW_NAMES[name], "aria-pressed": String(name === direction) }), ...drawings, make("p", {}, sentence(state, name, shown)));
  }

  /** A fold that stays as the reader left it. */
  const fold = (name, ...children) => make("details", { open: open.has(name), ontoggle: (event) => open[event.target.open ? "add" : "delete"](name) },
    make("summary", { "data-focus": `fold ${name}` }, name), make("div", { class: "scroll" }, ...children));

  function tables(shown) {
    const matrices = state.graphs.flatMap((graph, k) => [make("div", { "data-matrix": k }, adjacencyTable(graph, direction))]);
    const parts = [fold("Signatures and histogram", histogram(state, shown), signatureTable(state, direction, shown)), fold("The matrix that is read, row by row", ...matrices)];
    if (shown.X) parts.push(make("details", { open: true }, make("summary", {}, `Doubly stochastic X with ${direction === "both" ? "A X = X B and Aᵀ X = X Bᵀ" : "A X = X B for the skeletons"}`), make("div", { class: "scroll" }, stochasticTable(shown.X))));
    return parts;
  }

  // --- text ------------------------------------------------------------------------------------

  // A browser takes minutes to lay out a megabyte of lines: it is refused before it is inserted.
  const refuseLong = (transfer) => guarded((event) => {
    const arriving = event[transfer]?.getData("text") ?? "";
    if (arriving.length > LIMITS.characters) event.preventDefault();
    checkLength(arriving);
  });
  const text = make("textarea", { rows: 3, onpaste: refuseLong("clipboardData"), ondrop: refuseLong("dataTransfer"), spellcheck: "false", "aria-label": "graph as text", "data-focus": "text",
    placeholder: "0 -> 1 -> 2, labels 0 0 1   or   0 -- 1   or   [[0,1],[0,0]], one matrix or two   or   G.edges, graph6, a NAS-Bench module" });
  const link = make("input", { type: "text", readonly: true, "aria-label": "state to copy", "data-focus": "link" });
  const copied = make("span", { "aria-live": "polite" });
  const copy = button("Copy link", async () => {
    const page = location.protocol.startsWith("http") && root.closest(".jp-Notebook, .lm-Widget") === null ? location.href.split("#")[0] + "#" : "";
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(page + encode(state));
      copied.textContent = "Copied.";
    } else { // a page that is not served safely may not write there
      link.select();
      copied.textContent = "Press Ctrl+C: the text below is selected.";
    }
  });
  const save = button("Save picture", () => {
    const drawing = root.querySelector("svg[data-graph]").cloneNode(true);
    drawing.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    drawing.setAttribute("style", ["--ink", "--edge"].map((name) => `${name}: ${getComputedStyle(root).getPropertyValue(name)}`).join(";"));
    const url = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(drawing)], { type: "image/svg+xml" }));
    make("a", { href: url, download: "stepper.svg" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  });
  const reading = make("details", {}, make("summary", { "data-focus": "fold reading" }, "Paste a graph, copy a link, save a picture"), text,
    make("div", { class: "row" }, button("Read", () => { selected = null; const given = read(text.value); change({ round: 0, ...given }, "Read"); }), copy, save, copied), link);

  // --- the page --------------------------------------------------------------------------------

  const about = make("p", { class: "about" });
  const presets = make("div", { class: "row", role: "group", "aria-label": "examples" }, ...Object.keys(PRESETS).map((name) => button(name, () => {
    stop();
    selected = null;
    change({ cell: false, graphs: PRESETS[name].map(decodeGraph), round: 0 }, name);
  })));
  const steps = make("div", { class: "row" }, back, slider, step, play, counter, undoing, redoing, button("Reset", () => { stop(); set(first); }));
  // What is said of a vertex stands below its drawing, which is beside the four directions, or above them.
  const [boards, directions] = [make("div", { class: "boards" }), make("div", { class: "directions" })];
  const main = make("div", { class: "main" }, make("div", {}, boards, look), directions);
  const [tools, below] = [make("div", { class: "row" }), make("div", {})];

  function fillTools() {
    const two = state.graphs.length === 2;
    const needs = (element) => { able(element, Boolean(selected)); return element; };
    tools.replaceChildren(...state.graphs.map((_, k) => button(`Add vertex${k ? " to B" : ""}`, () => addVertex(k))), needs(button("Label +", relabel(1))), needs(button("Label −", relabel(-1))), needs(button("Delete vertex", deleteVertex)),
      button("Clear", () => { selected = null; change({ graphs: [makeGraph(1, [], [0], [[50, 50]])], round: 0 }, "Clear"); }),
      button(two ? "Only graph A" : "Second graph", () => change({ graphs: two ? [state.graphs[0]] : [state.graphs[0], state.graphs[0]], round: 0 })),
      button("Must be a cell", () => change({ cell: !state.cell }, "Must be a cell"), { "aria-pressed": String(state.cell) }));
  }

  /** Draw everything anew, and put the focus back where it was. */
  function render(focus = document.activeElement?.getAttribute?.("data-focus")) {
    const [last, shown] = [lastRound(state), view(state, direction)];
    link.value = encode(state);
    about.textContent = SAID.get(shape(state.graphs)) ?? OWN;
    [slider.max, slider.value] = [last, state.round];
    counter.textContent = `Round ${state.round} of ${last}`;
    able(back, state.round > 0);
    able(step, state.round < last);
    able(undoing, past.length > 0);
    able(redoing, future.length > 0);
    const missing = state.cell ? state.graphs.map(cellProblem).find(Boolean) : null;
    status.textContent = `Round ${state.round}, ${VIEW_NAMES[direction]}: ${sentence(state, direction, shown)}${missing ? ` Not a cell yet: ${missing.replace("this is no cell: ", "")}.` : ""}`;
    boards.replaceChildren(...state.graphs.map((_, k) => editor(k, shown)));
    directions.replaceChildren(...DIRECTIONS.map(panel));
    fillTools();
    below.replaceChildren(...tables(shown));
    lookAt(...(selected ?? [0, null]));
    if (focus && focus !== document.activeElement?.getAttribute?.("data-focus")) root.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
  }
  function set(encoded) {
    selected = null;
    const given = decode(encoded);
    change({ round: given.round, cell: given.cell, graphs: given.graphs });
  }

  root.addEventListener("keydown", guarded((event) => {
    if (event.key === "Escape") deselect();
    if (event.target === text || !(event.ctrlKey || event.metaKey) || !"zy".includes(event.key.toLowerCase())) return;
    event.preventDefault();
    if (event.key.toLowerCase() === "y" || event.shiftKey) redo(); else undo();
  }));
  root.append(presets, about, steps, status, main, alert, tools, below, reading);
  let first = encode(state);
  render();
  if (start) guarded(() => { set(start); first = encode(state); })();
  [past, future] = [[], []];
  render();
  return { get: () => encode(state), set: (encoded) => guarded(() => set(encoded))(), problems, close: () => { stop(); close(); } };
}

/** Where a new vertex has room. */
function freePlace(positions) {
  for (let k = 0; ; k++) {
    const place = [12 + ((k * 25) % 100), 15 + 23 * (Math.floor(k / 4) % 4)];
    if (k > 15 || positions.every(([x, y]) => Math.hypot(x - place[0], y - place[1]) > 9)) return place;
  }
}

// --- JupyterLab and Colab, through anywidget -----------------------------------------------------

export default {
  render({ model, el }) {
    const stepper = mount(el, model.get("state"), (encoded) => {
      model.set("state", encoded);
      model.save_changes();
    });
    const follow = () => model.get("state") !== stepper.get() && stepper.set(model.get("state"));
    model.on("change:state", follow);
    return () => { model.off("change:state", follow); stepper.close(); };
  },
};
