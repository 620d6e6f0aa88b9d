// The latent point on a map: a sample of cells on a model's two directions, and a handle to drag.

import { project } from "./model.js";
import { make } from "./parts.js";

const [ACROSS, UP, MARGIN] = [340, 270, 14];
const DOTS = "rgba(128, 132, 140, 0.45)"; // seen on light and on dark

/**
 * A map of one model: {element, show}. `show({cell, point, nearest, moved})` has coordinates [x, y] on
 * the two directions; `onMove([x, y], finished)` is told where the reader wants the point to be.
 */
export function latentMap(model, onMove, onHome) {
  const dots = Array.from({ length: model.sample.length / model.mean.length }, (_, k) => project(model, model.sample.subarray(k * model.mean.length, (k + 1) * model.mean.length)));
  const bounds = [0, 1].map((axis) => {
    const values = dots.map((dot) => dot[axis]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return [low - 0.06 * (high - low), high + 0.06 * (high - low)];
  });
  const clamp = ([x, y]) => [x, y].map((value, axis) => Math.max(bounds[axis][0], Math.min(bounds[axis][1], value)));
  const toPage = (point) => {
    const [x, y] = clamp(point).map((value, axis) => (value - bounds[axis][0]) / (bounds[axis][1] - bounds[axis][0]));
    return [MARGIN + x * (ACROSS - 2 * MARGIN), UP - MARGIN - y * (UP - 2 * MARGIN)];
  };
  const canvas = make("canvas", { width: 2 * ACROSS, height: 2 * UP, "aria-hidden": "true" });
  const pen = canvas.getContext("2d");
  pen.fillStyle = DOTS;
  for (const dot of dots) {
    const [x, y] = toPage(dot);
    pen.fillRect(2 * x - 1.5, 2 * y - 1.5, 3, 3);
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

  function show({ cell, at, near, words }) {
    point = at;
    const [[cx, cy], [px, py]] = [toPage(cell), toPage(at)];
    const moved = Math.hypot(px - cx, py - cy) > 0.5;
    const rings = near.map(([place, number]) => {
      const [x, y] = toPage(place);
      return make("g", { class: "near" }, make("circle", { cx: x, cy: y, r: 4, fill: "none", stroke: "var(--ink)", "stroke-width": 1.2 }), make("text", { x: x + 6, y: y - 5, "font-size": 11 }, String(number)));
    });
    handle.setAttribute("transform", `translate(${px} ${py})`);
    handle.setAttribute("aria-valuenow", String(Number(at[0].toFixed(2))));
    handle.setAttribute("aria-valuetext", words);
    const old = [...overlay.children].filter((child) => child !== handle);
    old.forEach((child) => child.remove());
    overlay.prepend(...rings, ...(moved ? [make("line", { x1: cx, y1: cy, x2: px, y2: py, stroke: "var(--mark)", "stroke-width": 2, "stroke-dasharray": "5 4" })] : []),
      make("rect", { class: "home", x: cx - 7, y: cy - 7, width: 14, height: 14, fill: "var(--paper)", stroke: "var(--ink)", "stroke-width": 2 }), make("text", { x: Math.min(cx + 11, ACROSS - 24), y: cy + 18, "font-size": 12 }, "cell"));
    if (!handle.isConnected) overlay.append(handle);
  }
  return { element, show };
}
