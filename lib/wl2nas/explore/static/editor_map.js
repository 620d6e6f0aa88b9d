// The latent point on a map: a sample of cells on a model's two directions, and a handle to drag.

import { project } from "./model.js";
import { make } from "./parts.js";

const [ACROSS, UP, MARGIN] = [340, 270, 14];
const DOTS = "rgba(128, 132, 140, 0.45)"; // seen on light and on dark

/**
 * A map of one model: {element, show}. `show({cell, at, near, words})` has places [x, y] on the two
 * directions: of the cell, of the point, and of what lies near, with numbers; `words` say where the
 * point is. `onMove([x, y], finished)` is told where the reader wants it, `onHome()` that it shall go back.
 */
export function latentMap(model, onMove, onHome) {
  const dots = Array.from({ length: model.sample.length / model.mean.length }, (_, k) => project(model, model.sample.subarray(k * model.mean.length, (k + 1) * model.mean.length)));
  const canvas = make("canvas", { width: 2 * ACROSS, height: 2 * UP, "aria-hidden": "true" });
  let bounds = null; // [low, high] of both axes
  const clamp = (place) => place.map((value, axis) => Math.max(bounds[axis][0], Math.min(bounds[axis][1], value)));
  const toPage = (place) => {
    const [x, y] = clamp(place).map((value, axis) => (value - bounds[axis][0]) / (bounds[axis][1] - bounds[axis][0]));
    return [MARGIN + x * (ACROSS - 2 * MARGIN), UP - MARGIN - y * (UP - 2 * MARGIN)];
  };
  /** Let the map hold its dots and another place; few cells lie beyond the sample. */
  function hold(place) {
    if (bounds && place.every((value, axis) => bounds[axis][0] <= value && value <= bounds[axis][1])) return;
    bounds = [0, 1].map((axis) => {
      const values = [...dots.map((dot) => dot[axis]), place[axis]];
      const [low, high] = [Math.min(...values), Math.max(...values)];
      return [low - 0.06 * (high - low), high + 0.06 * (high - low)];
    });
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.fillStyle = DOTS;
    for (const [x, y] of dots.map(toPage)) pen.fillRect(2 * x - 1.5, 2 * y - 1.5, 3, 3);
  }
  const overlay = make("svg", { viewBox: `0 0 ${ACROSS} ${UP}`, role: "group", "aria-label": "map of the latent point" });
  const element = make("div", { class: "map" }, canvas, overlay);
  let point = [0, 0];

  const where = (event) => {
    const box = overlay.getBoundingClientRect();
    const [x, y] = [((event.clientX - box.left) / box.width) * ACROSS, ((event.clientY - box.top) / box.height) * UP];
    const share = [(x - MARGIN) / (ACROSS - 2 * MARGIN), (UP - MARGIN - y) / (UP - 2 * MARGIN)];
    return clamp(share.map((part, axis) => bounds[axis][0] + part * (bounds[axis][1] - bounds[axis][0])));
  };
  const handle = make("g", { class: "handle", tabindex: 0, role: "slider", "data-focus": "handle", "aria-label": "latent point; arrow keys move it, Home brings it back to the cell" },
    make("circle", { r: 17, fill: "transparent", class: "reach" }), make("circle", { r: 8, fill: "var(--mark)", stroke: "var(--ink)", "stroke-width": 1.4 }));
  let [dragging, dragged] = [false, false];
  handle.addEventListener("pointerdown", (event) => { [dragging, dragged] = [true, false]; handle.setPointerCapture(event.pointerId); event.preventDefault(); handle.focus({ preventScroll: true }); });
  // A finger on the handle drags it; everywhere else it scrolls the page. CSS says this of whole drawings only.
  handle.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  handle.addEventListener("pointermove", (event) => { if (dragging) { dragged = true; onMove(where(event), false); } });
  const letGo = (target) => { if (dragged) onMove(target, true); [dragging, dragged] = [false, false]; };
  handle.addEventListener("pointerup", (event) => letGo(where(event)));
  handle.addEventListener("pointercancel", () => letGo(point));
  handle.addEventListener("keydown", (event) => {
    const step = (event.shiftKey ? 1 : 5) / 200;
    const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key];
    if (event.key === "Home") onHome();
    else if (by) onMove(clamp(point.map((value, axis) => value + by[axis] * (bounds[axis][1] - bounds[axis][0]))), true);
    else return;
    event.preventDefault();
  });
  overlay.addEventListener("click", (event) => { if (!handle.contains(event.target)) onMove(where(event), true); });

  /** A numbered ring; the number stands on the side that is turned away from the point. */
  function ring(place, number, [px, py]) {
    const [x, y] = toPage(place);
    const far = Math.hypot(x - px, y - py);
    const [ux, uy] = far > 1 ? [(x - px) / far, (y - py) / far] : [0.7, -0.7];
    return make("g", { class: "near" }, make("circle", { cx: x, cy: y, r: 4, fill: "none", stroke: "var(--ink)", "stroke-width": 1.2 }),
      make("text", { x: x + 11 * ux, y: y + 11 * uy + 4, "text-anchor": "middle", "font-size": 11 }, String(number)));
  }
  /** The square of the cell that the point was moved away from. */
  const home = (x, y) => [make("rect", { class: "home", x: x - 7, y: y - 7, width: 14, height: 14, fill: "var(--paper)", stroke: "var(--ink)", "stroke-width": 2 }),
    make("text", { x: Math.max(32, Math.min(x, ACROSS - 32)), y: y > UP - 30 ? y - 14 : y + 21, "text-anchor": "middle", "font-size": 12 }, "your cell")];

  function show({ cell, at, near, words }) {
    hold(cell);
    point = at;
    const [[cx, cy], [px, py]] = [toPage(cell), toPage(at)];
    const moved = Math.hypot(px - cx, py - cy) > 0.5;
    handle.setAttribute("transform", `translate(${px} ${py})`);
    handle.setAttribute("aria-valuenow", String(Number(at[0].toFixed(2))));
    handle.setAttribute("aria-valuetext", words);
    for (const child of [...overlay.children]) if (child !== handle) child.remove();
    overlay.prepend(...near.map(([place, number]) => ring(place, number, [px, py])),
      ...(moved ? [make("line", { x1: cx, y1: cy, x2: px, y2: py, stroke: "var(--mark)", "stroke-width": 2, "stroke-dasharray": "5 4" }), ...home(cx, cy)] : []));
    if (!handle.isConnected) overlay.append(handle);
  }
  return { element, show };
}
