// The board of the cell editor: vertices on a line, their operations, the edges as squares.

import { edgesOf, fromEdges } from "./cell.js";
import { drawArcs, matrixTable, placesOf } from "./editor_view.js";
import { make, operationLook } from "./parts.js";

/** Say whether a button would do something; unlike a disabled one it keeps the focus. */
export const able = (element, can) => element.setAttribute("aria-disabled", String(!can));

/**
 * The board: {drawing, controls, show(draft, ordered)}; `edit(draft, focus)` is told what the reader makes of
 * the draft, `order()` that it shall stand in the canonical order. `button` and `guarded` as in `mount`.
 */
export function cellBoard({ rules, guarded, button, edit, order }) {
  let draft = null;
  let current = 1; // the vertex that the palette is for
  const board = make("div", { class: "board" });
  const palette = make("div", { class: "row tight palette", role: "group", "aria-label": "operation of a vertex" });
  const bits = make("div", {});
  const adding = button("Add vertex", addVertex);
  const removing = button("Remove vertex", () => removeVertex(current));
  const ordering = button("Canonical order", order);
  const letters = rules.operations.slice(1, -1).map((name) => operationLook(name)[2]);
  const isInner = (v) => v > 0 && v < draft.ops.length - 1;

  // --- what the reader does --------------------------------------------------------------------

  function toggle(i, j, focus = `bit ${i} ${j}`) {
    edit({ ops: draft.ops, matrix: draft.matrix.map((row, a) => row.map((entry, b) => (a === i && b === j ? 1 - entry : entry))) }, focus);
  }
  function setOperation(v, op, focus) {
    if (!isInner(v)) return;
    current = v;
    edit({ ops: draft.ops.with(v, op), matrix: draft.matrix }, focus);
  }
  const cycle = (v) => setOperation(v, 1 + (draft.ops[v] % (rules.operations.length - 2)), `vertex ${v}`);
  function addVertex() {
    const n = draft.ops.length;
    if (n >= rules.maxVertices) return;
    current = n - 1;
    edit(fromEdges(draft.ops.toSpliced(n - 1, 0, 1), edgesOf(draft.matrix).map((edge) => edge.map((v) => (v === n - 1 ? n : v)))), "Add vertex");
  }
  function removeVertex(v) {
    if (!isInner(v)) return;
    const edges = edgesOf(draft.matrix).filter((edge) => !edge.includes(v)).map((edge) => edge.map((u) => u - (u > v)));
    current = Math.max(1, v - 1);
    edit(fromEdges(draft.ops.toSpliced(v, 1), edges), `vertex ${current}`);
  }
  function choose(v) {
    if (!isInner(v) || v === current) return;
    current = v;
    showPalette();
    showBits();
  }

  function onKey(event, v) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const op = letters.indexOf(event.key.toUpperCase()) + 1;
    const next = { ArrowLeft: v - 1, ArrowRight: v + 1 }[event.key];
    if (op > 0) setOperation(v, op, `vertex ${v}`);
    else if (event.key === "Enter" || event.key === " ") cycle(v);
    else if (event.key === "Delete" || event.key === "Backspace") removeVertex(v);
    else if (next !== undefined) board.querySelector(`[data-focus="vertex ${next}"]`)?.focus();
    else return;
    event.preventDefault();
  }

  /** A click on a vertex cycles its operation, on an edge takes it away; a drag joins two vertices. */
  function onPress(event, drawing) {
    const edge = event.target.closest("[data-edge]")?.getAttribute("data-edge");
    const vertex = event.target.closest("[data-vertex]");
    if (event.button !== 0 || (!edge && !vertex)) return;
    event.preventDefault();
    if (edge) { toggle(...edge.split("-").map(Number), null); return; }
    vertex.focus({ preventScroll: true });
    pull(event, drawing, Number(vertex.getAttribute("data-vertex")));
  }
  /** Follow the pointer with a line from a vertex, until it is let go. */
  function pull(event, drawing, from) {
    const place = ({ clientX, clientY }) => {
      const [box, { width, height }] = [drawing.getBoundingClientRect(), drawing.viewBox.baseVal];
      return [((clientX - box.left) / box.width) * width, ((clientY - box.top) / box.height) * height];
    };
    const [x1, y1] = place(event);
    const line = make("line", { x1, y1, stroke: "var(--mark)", "stroke-width": 3, "pointer-events": "none" });
    const follow = (moving) => {
      place(moving).forEach((value, axis) => line.setAttribute(["x2", "y2"][axis], value));
      if (!line.isConnected) drawing.append(line);
    };
    const stop = () => {
      line.remove();
      for (const [name, action] of [["pointermove", follow], ["pointerup", end], ["pointercancel", stop]]) window.removeEventListener(name, action);
    };
    const end = guarded((ending) => {
      stop();
      const [x, y] = place(ending);
      const to = placesOf(rules.maxVertices).slice(0, draft.ops.length).findIndex((at) => Math.abs(at - x) < 22 && Math.abs(y - y1) < 60);
      if (to === from) cycle(from);
      else if (to >= 0) toggle(Math.min(from, to), Math.max(from, to), `vertex ${from}`);
    });
    for (const [name, action] of [["pointermove", follow], ["pointerup", end], ["pointercancel", stop]]) window.addEventListener(name, action);
  }

  // --- what is shown ---------------------------------------------------------------------------

  function showPalette() {
    const inner = isInner(current);
    able(removing, inner);
    removing.textContent = inner ? `Remove vertex ${current}` : "Remove vertex";
    const names = inner ? rules.operations.slice(1, -1) : [];
    palette.replaceChildren(make("span", {}, inner ? `Vertex ${current}:` : "No vertex between input and output."), ...names.map((name, k) => {
      const text = `${operationLook(name)[2]} ${name}`;
      return button(text, () => setOperation(current, k + 1, text), { "aria-pressed": String(draft.ops[current] === k + 1) });
    }));
  }
  const showBits = () => bits.replaceChildren(matrixTable(draft, rules, guarded(toggle), current));
  function show(given, ordered) {
    draft = given;
    current = Math.max(1, Math.min(current, draft.ops.length - 2));
    const goes = (v) => edgesOf(draft.matrix).filter(([i]) => i === v).map(([, j]) => j).join(", ") || "none";
    const drawing = drawArcs(draft, rules, { count: rules.maxVertices, label: "your cell", attributes: (v) => ({
      tabindex: 0, role: "button", "data-focus": `vertex ${v}`, "aria-label": `vertex ${v}, ${rules.operations[draft.ops[v]]}, edges to ${goes(v)}`,
      onkeydown: guarded((event) => onKey(event, v)), onfocus: () => choose(v),
    }) });
    drawing.addEventListener("pointerdown", guarded((event) => onPress(event, drawing)));
    board.replaceChildren(drawing);
    showPalette();
    showBits();
    able(adding, draft.ops.length < rules.maxVertices);
    able(ordering, !ordered);
  }
  const hint = make("p", { class: "soft" }, `Click a vertex: its next operation. Drag from one to another, or press a square: an edge comes or goes. Keys on a vertex: ${letters.join(", ")}, arrows, Delete.`);
  return { drawing: board, controls: [palette, hint, bits, make("div", { class: "row tight" }, adding, removing, ordering)], show };
}
