// The stepper: draw a directed labelled graph, or two, and refine its colours round by round.
//
// One module, two hosts: anywidget calls `render` (JupyterLab, Colab), a plain page calls `mount`.

import { DIRECTIONS, InputError, LIMITS, cellProblem, checkLength, doublyStochastic, makeGraph, neighbours, refine, separatingRound, signatures, union } from "./graphs.js";
import { decode, decodeGraph, encode, encodeGraph, parse } from "./texts.js";
import { make, classFill as fill, classLetter as letter } from "./parts.js";

export const PRESETS = {
  "path of five": ["5;0-1,1-0,1-2,2-1,2-3,3-2,3-4,4-3;0,0,0,0,0;8,50,29,50,50,50,71,50,92,50"],
  "hexagon, two triangles": [
    "6;0-1,1-0,1-2,2-1,2-3,3-2,3-4,4-3,4-5,5-4,5-0,0-5;0,0,0,0,0,0",
    "6;0-1,1-0,1-2,2-1,2-0,0-2,3-4,4-3,4-5,5-4,5-3,3-5;0,0,0,0,0,0;25,15,10,65,40,65,75,35,60,85,90,85",
  ],
  "chain of three": ["3;0-1,1-2;0,0,0"],
  "bridge, turned round": [
    "4;0-1,0-2,1-2,1-3,2-3;0,2,3,4;8,50,40,20,60,80,92,50",
    "4;0-1,0-2,2-1,1-3,2-3;0,2,3,4;8,50,40,20,60,80,92,50",
  ],
  "the opening puzzle": [
    "5;0-1,0-2,0-4,1-2,1-3,2-3,3-4;0,2,3,3,4;6,50,30,22,48,68,70,30,94,50",
    "5;0-1,0-2,0-4,1-2,1-3,2-3,3-4;0,3,2,3,4;6,50,30,22,48,68,70,30,94,50",
  ],
  "straight and crossed": [
    "8;0-1,0-2,1-3,2-4,3-5,4-6,5-7,6-7,1-5,2-6;0,0,0,0,0,0,0,0;5,50,28,15,28,85,50,30,50,70,72,15,72,85,95,50",
    "8;0-1,0-2,1-3,2-4,3-5,4-6,5-7,6-7,1-6,2-5;0,0,0,0,0,0,0,0;5,50,28,15,28,85,50,30,50,70,72,15,72,85,95,50",
  ],
};

// --- the page ----------------------------------------------------------------------------------

const STYLE = `
.wl-stepper { font: 15px/1.4 system-ui, sans-serif; color: #111; background: #fff; padding: 8px; box-sizing: border-box; max-width: 1100px; }
.wl-stepper * { box-sizing: border-box; }
.wl-stepper .row { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; margin: 6px 0; }
.wl-stepper button { font: inherit; padding: 5px 10px; border: 1px solid #555; border-radius: 4px; background: #f4f4f4; color: #111; cursor: pointer; }
.wl-stepper button[aria-pressed="true"] { background: #111; color: #fff; }
.wl-stepper button:disabled { color: #777; border-color: #bbb; cursor: default; }
.wl-stepper :focus-visible { outline: 3px solid #0072B2; outline-offset: 2px; }
.wl-stepper svg g[tabindex]:focus-visible circle { stroke: #0072B2; stroke-width: 4; }
.wl-stepper .grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 200px), 1fr)); gap: 10px; }
.wl-stepper section { border: 1px solid #bbb; border-radius: 6px; padding: 8px; min-width: 0; }
.wl-stepper h4 { margin: 0 0 4px; font-size: 15px; }
.wl-stepper svg { width: 100%; display: block; touch-action: none; }
.wl-stepper .editor svg { background: #fafafa; border: 1px dashed #999; max-width: 420px; }
.wl-stepper textarea, .wl-stepper input[type="text"] { font: 14px monospace; width: 100%; border: 1px solid #555; padding: 4px; }
.wl-stepper [role="alert"]:not(:empty) { border-left: 5px solid #D55E00; padding: 6px 10px; background: #fff3ea; overflow-wrap: anywhere; }
.wl-stepper .scroll { overflow-x: auto; max-height: 260px; overflow-y: auto; }
.wl-stepper table { border-collapse: collapse; font-size: 13px; }
.wl-stepper td, .wl-stepper th { border: 1px solid #ccc; padding: 1px 6px; text-align: left; font-weight: normal; white-space: nowrap; }
.wl-stepper th { background: #f4f4f4; }
.wl-stepper .swatch { display: inline-block; min-width: 1.6em; text-align: center; border: 1px solid #333; border-radius: 3px; color: #000; }
`;

const VIEW_NAMES = { in: "in: predecessors", out: "out: successors", both: "both, kept apart", undirected: "undirected: A + Aᵀ" };

/** The lines of a graph; an arrow head unless there is an edge back or directions are not shown. */
function drawEdges(graph, directed) {
  const present = new Set(graph.edges.map((edge) => edge.join()));
  const parts = [];
  for (const [i, j] of graph.edges) {
    const back = present.has(`${j},${i}`);
    if (back && i > j) continue;
    const [x1, y1, x2, y2] = [...graph.positions[i], ...graph.positions[j]].map((c, k) => (k % 2 ? 0.7 * c : c));
    const length = Math.hypot(x2 - x1, y2 - y1) || 1;
    const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
    parts.push(make("line", { x1, y1, x2, y2, stroke: "#444", "stroke-width": 0.8 }));
    if (directed && !back) {
      const [tx, ty] = [x2 - 5 * ux, y2 - 5 * uy];
      const corner = (side) => `${tx - 3.6 * ux - side * 1.8 * uy},${ty - 3.6 * uy + side * 1.8 * ux}`;
      parts.push(make("polygon", { points: `${tx},${ty} ${corner(1)} ${corner(-1)}`, fill: "#444" }));
    }
  }
  return parts;
}

function drawVertex(graph, v, text, colour, attributes = {}) {
  const [x, y] = [graph.positions[v][0], 0.7 * graph.positions[v][1]];
  return make("g", { "data-vertex": v, ...attributes },
    make("circle", { cx: x, cy: y, r: 4.6, fill: colour, stroke: "#000", "stroke-width": attributes["aria-pressed"] === "true" ? 1.8 : 0.6 }),
    make("text", { x, y: y + 1.7, "text-anchor": "middle", "font-size": 5, fill: "#000" }, text),
    make("text", { x: x + 5.4, y: y + 6, "font-size": 3.8, fill: "#333" }, String(v)));
}

const canvas = (attributes, ...children) => make("svg", { viewBox: "0 0 100 70", ...attributes }, ...children);

function swatch(colour) {
  return make("span", { class: "swatch", style: `background:${fill(colour)}` }, letter(colour));
}

/** Everything about one direction at one round: what the drawing and the tables show. */
export function view(state, direction) {
  const whole = union(state.graphs);
  const history = refine(whole, direction);
  const last = history.length - 1;
  const round = Math.min(state.round, last);
  const first = state.graphs[0].labels.length;
  const separated = state.graphs.length === 2 ? separatingRound(history, first) : null;
  const lists = neighbours(whole.labels.length, whole.edges, direction);
  const sameSize = state.graphs.length === 2 && 2 * first === whole.labels.length;
  // One direction alone balances the classes one way only: no doubly stochastic X follows.
  const twoSided = direction === "both" || direction === "undirected";
  return {
    history, round, last, separated, first, colours: history[round],
    signatures: round === 0 ? null : signatures(lists, history[round - 1]),
    X: sameSize && separated === null && twoSided ? doublyStochastic(history[last], first) : null,
  };
}

/** One sentence on a direction: its classes, and whether two graphs are told apart. */
export function sentence(state, direction, shown = view(state, direction)) {
  const classes = new Set(shown.colours).size;
  const stable = shown.round === shown.last ? ", stable" : "";
  let text = `${classes} ${classes === 1 ? "class" : "classes"} after ${shown.round} ${shown.round === 1 ? "round" : "rounds"}${stable}`;
  if (state.graphs.length === 2) {
    if (shown.separated === null) text += "; never told apart";
    else text += shown.separated <= state.round ? `; told apart in round ${shown.separated}` : "; not told apart yet";
  }
  return `${text}.`;
}

function histogram(state, shown) {
  const sizes = [shown.colours.slice(0, shown.first), shown.colours.slice(shown.first)];
  const rows = [...new Set(shown.colours)].sort((a, b) => a - b).map((colour) => make("tr", {}, make("td", {}, swatch(colour)),
    ...state.graphs.map((_, k) => {
      const count = sizes[k].filter((c) => c === colour).length;
      return make("td", {}, `${"▇".repeat(Math.min(count, 12))} ${count}`);
    })));
  const names = state.graphs.length === 2 ? ["graph A", "graph B"] : ["vertices"];
  return make("table", {}, make("tr", {}, make("th", {}, "colour"), ...names.map((name) => make("th", {}, name))), ...rows);
}

function signatureTable(state, direction, shown) {
  if (!shown.signatures) return make("p", {}, "In round 0 the colour of a vertex is its label.");
  const names = direction === "both" ? ["predecessors", "successors"] : [{ in: "predecessors", out: "successors", undirected: "neighbours" }[direction]];
  const rows = shown.signatures.map((signature, v) => {
    const which = v < shown.first ? String(v) : `B ${v - shown.first}`;
    const cells = signature.map((part) => make("td", {}, Array.isArray(part) ? `{${part.map(letter).join(", ")}}` : letter(part)));
    return make("tr", {}, make("td", {}, which), ...cells, make("td", {}, swatch(shown.colours[v])));
  });
  return make("table", {}, make("tr", {}, ...["vertex", "old", ...names, "new"].map((name) => make("th", {}, name))), ...rows);
}

function matrixTable(X) {
  const text = (value) => (value === 0 ? "0" : value === 1 ? "1" : `1/${Math.round(1 / value)}`);
  return make("table", {}, ...X.map((row) => make("tr", {}, ...row.map((value) => make("td", {}, text(value))))));
}

/**
 * Show the stepper in an element, from a state as text; `onChange(text)` is told of every change.
 * Returns {get, set, problems}: the state, a way to set it, and the exceptions that were caught.
 */
export function mount(element, start, onChange = () => {}) {
  let state = { round: 0, cell: false, graphs: [decodeGraph(PRESETS["path of five"][0])] };
  let selected = null; // [graph, vertex]
  const open = new Set();
  const problems = [];
  const alert = make("div", { role: "alert" });
  const status = make("p", { role: "status", "aria-live": "polite" });
  const root = make("div", { class: "wl-stepper", "data-lm-suppress-shortcuts": "true" });

  /** Run a handler; what goes wrong is shown, and the state from before is kept. */
  const guarded = (action) => (event) => {
    try {
      alert.textContent = "";
      action(event);
    } catch (error) {
      problems.push(String(error));
      alert.textContent = error instanceof InputError ? `This was not read: ${error.message}.` : `This did not work. ${error}`;
    }
  };
  const change = (next, focus) => {
    state = checked({ ...state, ...next });
    if (selected && !(selected[1] < (state.graphs[selected[0]]?.labels.length ?? 0))) selected = null;
    state.round = Math.max(0, Math.min(state.round, lastRound()));
    render(focus);
    onChange(encode(state));
  };
  const lastRound = () => Math.max(...DIRECTIONS.map((direction) => refine(union(state.graphs), direction).length - 1));
  const button = (text, action, attributes = {}) => make("button", { type: "button", "data-focus": text, onclick: guarded(action), ...attributes }, text);

  const replaceGraph = (k, graph, focus) => change({ graphs: state.graphs.map((old, i) => (i === k ? graph : old)), round: 0 }, focus);
  const edit = (k, edges, labels, positions, focus) => replaceGraph(k, makeGraph(labels.length, edges, labels, positions), focus);
  const toggleEdge = (k, i, j) => {
    const { edges, labels, positions } = state.graphs[k];
    const rest = edges.filter(([a, b]) => a !== i || b !== j);
    edit(k, rest.length < edges.length ? rest : [...edges, [i, j]], labels, positions, `vertex ${k} ${j}`);
  };
  const addVertex = (k, position) => {
    const { edges, labels, positions } = state.graphs[k];
    selected = [k, labels.length];
    edit(k, edges, [...labels, 0], [...positions, position ?? freePlace(positions)], `vertex ${k} ${labels.length}`);
  };
  const freePlace = (positions) => {
    for (let k = 0; ; k++) {
      const place = [12 + ((k * 25) % 100), 15 + 23 * (Math.floor(k / 4) % 4)];
      if (k > 15 || positions.every(([x, y]) => Math.hypot(x - place[0], y - place[1]) > 9)) return place;
    }
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
  const move = (dx, dy) => withSelected((graph, k, v) => {
    const clamp = (c) => Math.max(5, Math.min(95, Math.round(c)));
    const place = [clamp(graph.positions[v][0] + dx), clamp(graph.positions[v][1] + dy)];
    change({ graphs: state.graphs.map((old, i) => (i === k ? { ...graph, positions: graph.positions.with(v, place) } : old)) }, `vertex ${k} ${v}`);
  });

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
  const KEYS = { ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, -5], ArrowDown: [0, 5] };
  const onKey = (k, v) => guarded((event) => {
    if (event.key === "Enter" || event.key === " ") choose(k, v);
    else if (event.key === "Delete" || event.key === "Backspace") { selected = [k, v]; deleteVertex(); }
    else if (KEYS[event.key]) { selected = [k, v]; move(...KEYS[event.key])(); }
    else return;
    event.preventDefault();
  });

  function editor(k) {
    const graph = state.graphs[k];
    const vertices = graph.labels.map((label, v) => drawVertex(graph, v, String(label), "#fff", {
      tabindex: 0, role: "button", "data-focus": `vertex ${k} ${v}`, style: "cursor: pointer",
      "aria-pressed": String(Boolean(selected && selected[0] === k && selected[1] === v)),
      "aria-label": `vertex ${v}, label ${label}, edges to ${graph.edges.filter(([i]) => i === v).map(([, j]) => j).join(", ") || "none"}`,
      onkeydown: onKey(k, v),
    }));
    const drawing = canvas({ "data-graph": k, role: "group", "aria-label": `graph ${"AB"[k]}, for editing` }, ...drawEdges(graph, true), ...vertices);
    const place = (event) => {
      const box = drawing.getBoundingClientRect();
      return [(100 * (event.clientX - box.left)) / box.width, (100 * (event.clientY - box.top)) / box.height].map((c) => Math.max(5, Math.min(95, Math.round(c))));
    };
    const vertexOf = (event) => event.target.closest("[data-vertex]")?.getAttribute("data-vertex") ?? null;
    let pressed = null;
    drawing.addEventListener("pointerdown", guarded((event) => { pressed = { vertex: vertexOf(event), at: place(event) }; }));
    drawing.addEventListener("pointerup", guarded((event) => {
      if (!pressed) return;
      const { vertex, at } = pressed;
      const [x, y] = place(event);
      pressed = null;
      const dragged = Math.hypot(x - at[0], y - at[1]) > 4;
      if (vertex === null) { if (!dragged) addVertex(k, [x, y]); }
      else if (dragged) { selected = [k, Number(vertex)]; move(x - graph.positions[vertex][0], y - graph.positions[vertex][1])(); }
      else choose(k, Number(vertex));
    }));
    return make("section", { class: "editor" }, make("h4", {}, state.graphs.length === 2 ? `Graph ${"AB"[k]}` : "The graph"), drawing,
      make("div", { class: "row" }, button(`Add vertex${k ? " to B" : ""}`, () => addVertex(k))));
  }

  function panel(direction) {
    const shown = view(state, direction);
    let offset = 0;
    const drawings = state.graphs.map((graph, k) => {
      const colours = shown.colours.slice(offset, (offset += graph.labels.length));
      const label = `graph ${"AB"[k]}, colours ${colours.map(letter).join(" ")}`;
      return canvas({ role: "img", "aria-label": label }, ...drawEdges(graph, direction !== "undirected"),
        ...colours.map((colour, v) => drawVertex(graph, v, letter(colour), fill(colour))));
    });
    const details = make("details", { open: open.has(direction), ontoggle: (event) => open[event.target.open ? "add" : "delete"](direction) },
      make("summary", { "data-focus": `details ${direction}` }, "Signatures and histogram"),
      make("div", { class: "scroll" }, histogram(state, shown), signatureTable(state, direction, shown)));
    const parts = [make("h4", {}, VIEW_NAMES[direction]), ...drawings, make("p", {}, sentence(state, direction, shown)), details];
    if (shown.X) {
      const name = direction === "both" ? "A X = X B and Aᵀ X = X Bᵀ" : "A X = X B for the skeletons";
      parts.push(make("details", { open: true }, make("summary", {}, `Doubly stochastic X with ${name}`), make("div", { class: "scroll" }, matrixTable(shown.X))));
    }
    return make("section", { "data-direction": direction }, ...parts);
  }

  // A browser takes minutes to lay out a megabyte of lines: it is refused before it is inserted.
  const refuseLong = (transfer) => guarded((event) => {
    const arriving = event[transfer]?.getData("text") ?? "";
    if (arriving.length > LIMITS.characters) event.preventDefault();
    checkLength(arriving);
  });
  const text = make("textarea", { rows: 4, onpaste: refuseLong("clipboardData"), ondrop: refuseLong("dataTransfer"), spellcheck: "false", "aria-label": "graph as text", "data-focus": "text",
    placeholder: "0 -> 1, 1 -> 2, labels 0 0 1   or   0 -- 1   or   graph6   or   [[0,1],[0,0]], one matrix or two" });
  const link = make("input", { type: "text", readonly: true, "aria-label": "state to copy", "data-focus": "link" });
  const reading = make("section", {}, make("h4", {}, "Paste a graph, two matrices, or a copied state"), text,
    make("div", { class: "row" }, button("Read", () => { selected = null; change({ graphs: parse(text.value), round: 0 }, "Read"); })),
    make("h4", {}, "Copy this to send the graph and the round"), link);

  function controls() {
    const last = lastRound();
    const goto = (round) => change({ round }, "slider");
    // JupyterLab takes the arrow keys away from a slider, so that they are handled here.
    const targets = { ArrowLeft: state.round - 1, ArrowDown: state.round - 1, ArrowRight: state.round + 1, ArrowUp: state.round + 1, Home: 0, End: last };
    const slider = make("input", { type: "range", min: 0, max: last, value: state.round, "aria-label": "round", "data-focus": "slider",
      oninput: guarded((event) => goto(Number(event.target.value))),
      onkeydown: guarded((event) => {
        if (!(event.key in targets)) return;
        event.preventDefault();
        goto(targets[event.key]);
      }) });
    slider.value = state.round;
    return [
      make("div", { class: "row" }, ...Object.keys(PRESETS).map((name) => button(name, () => { selected = null; change({ cell: false, graphs: PRESETS[name].map(decodeGraph), round: 0 }, name); }))),
      make("div", { class: "row" }, button("◀ Back", () => change({ round: state.round - 1 }, "◀ Back"), { disabled: state.round === 0 }),
        slider, button("Step ▶", () => change({ round: state.round + 1 }, "Step ▶"), { disabled: state.round >= last }),
        make("strong", {}, `Round ${state.round} of ${last}`), button("Reset", () => set(start))),
    ];
  }

  function tools() {
    const two = state.graphs.length === 2;
    const about = selected ? `Vertex ${selected[1]} of graph ${"AB"[selected[0]]} is selected: choose another to draw or remove the edge to it.` : "Click empty space to add a vertex; click a vertex to select it.";
    return make("div", {}, make("p", {}, about), make("div", { class: "row" },
      button("Label +", relabel(1), { disabled: !selected }), button("Label −", relabel(-1), { disabled: !selected }), button("Delete vertex", deleteVertex, { disabled: !selected }),
      button(two ? "Only graph A" : "Second graph", () => change({ graphs: two ? [state.graphs[0]] : [state.graphs[0], state.graphs[0]], round: 0 })),
      button("Must be a cell", () => change({ cell: !state.cell }, "Must be a cell"), { "aria-pressed": String(state.cell) })));
  }

  /** Draw everything anew, and put the focus back where it was. */
  function render(focus = document.activeElement?.getAttribute?.("data-focus")) {
    link.value = encode(state);
    status.textContent = `Round ${state.round}. ` + DIRECTIONS.map((direction) => `${direction}: ${sentence(state, direction)}`).join(" ");
    root.replaceChildren(make("style", {}, STYLE), ...controls(), alert, status, make("div", { class: "grid" }, ...DIRECTIONS.map(panel)), make("h4", { style: "margin-top: 12px" }, "Draw"), tools(),
      make("div", { class: "grid" }, ...state.graphs.map((_, k) => editor(k)), reading));
    if (focus) root.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
  }
  function set(encoded) {
    selected = null;
    change(decode(encoded));
  }

  const first = encode(state);
  element.replaceChildren(root);
  render();
  if (start) guarded(() => set(start))();
  return { get: () => encode(state), set: (encoded) => guarded(() => set(encoded))(), problems };
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
    return () => model.off("change:state", follow);
  },
};
