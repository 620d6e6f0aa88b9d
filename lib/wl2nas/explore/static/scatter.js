// A map of dots on a canvas, without zoom: a dot is chosen by mouse, touch or keyboard.
//
// Dots on one spot are a stack: choosing the spot again takes the next one of it.

import { make } from "./parts.js";

const REACH = 24; // pixels within which a click finds a dot
const SAME = 1.5; // pixels: dots closer than this are one stack
const EDGE = 14; // pixels kept free around
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The dot nearest in a direction: forward counts once, sideways twice; null where there is none. */
export function nearestTowards(points, from, [dx, dy]) {
  let [found, least] = [null, Infinity];
  points.forEach(([x, y], k) => {
    const [gx, gy] = [x - points[from][0], y - points[from][1]];
    const forward = gx * dx + gy * dy;
    const cost = forward + 2 * Math.abs(gx * dy - gy * dx);
    if (forward > SAME && cost < least) [found, least] = [k, cost];
  });
  return found;
}

/** The dots of the spot nearest to a place, none beyond reach. */
export function stackAt(points, x, y) {
  const distance = ([px, py]) => Math.hypot(px - x, py - y);
  const nearest = points.reduce((best, point) => (distance(point) < distance(best) ? point : best), points[0]);
  if (distance(nearest) > REACH) return [];
  return points.flatMap(([px, py], k) => (Math.hypot(px - nearest[0], py - nearest[1]) <= SAME ? [k] : []));
}

/**
 * A map; `onChoose(dot)` hears what the reader chose, `onEnter()` that Enter was pressed.
 *
 * draw({places, fills, marks, chosen}): places two numbers within 0..32767 a dot, fills a colour for
 * each, or null for one that is not known; marks [{dot, shape: "ring" | "star" | "cross", fill}].
 * Returns {element, draw}; draw() again where its size has changed.
 */
export function scatter(label, guarded, { onChoose, onEnter }) {
  const canvas = make("canvas", { tabindex: 0, role: "application", "aria-roledescription": "map of dots", "aria-label": label, "data-focus": "map", style: "display: block; width: 100%; height: auto; aspect-ratio: 4 / 3; border: 1px solid var(--line); border-radius: 6px; cursor: crosshair;" });
  let [shown, points] = [null, []];
  const stack = (x, y) => {
    const dots = stackAt(points, x, y);
    if (dots.length) onChoose(dots[(dots.indexOf(shown.chosen) + 1) % dots.length]);
  };
  canvas.addEventListener("click", guarded((event) => {
    const box = canvas.getBoundingClientRect();
    stack(event.clientX - box.left, event.clientY - box.top);
  }));
  canvas.addEventListener("keydown", guarded((event) => {
    if (event.key === "Enter") onEnter();
    else if (event.key === " ") stack(...points[shown.chosen]);
    else if (event.key in ARROWS) { const next = nearestTowards(points, shown.chosen, ARROWS[event.key]); if (next !== null) onChoose(next); }
    else return;
    event.preventDefault();
  }));

  function paint() {
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!shown || !width) return;
    const [ratio, style] = [window.devicePixelRatio || 1, getComputedStyle(canvas)];
    const ink = (name) => style.getPropertyValue(`--${name}`);
    [canvas.width, canvas.height] = [width * ratio, height * ratio];
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    points = shown.fills.map((_, k) => [EDGE + (shown.places[2 * k] / 32767) * (width - 2 * EDGE), height - EDGE - (shown.places[2 * k + 1] / 32767) * (height - 2 * EDGE)]);
    const dot = ([x, y], radius) => { pen.beginPath(); pen.arc(x, y, radius, 0, 2 * Math.PI); };
    const radius = width < 450 ? 2.2 : 2.8;
    // Unknown ones first, so that what is known lies on top.
    for (const known of [false, true]) points.forEach((point, k) => {
      if ((shown.fills[k] !== null) !== known) return;
      pen.fillStyle = shown.fills[k] ?? ink("line");
      dot(point, radius);
      pen.fill();
    });
    for (const { dot: k, shape, fill } of shown.marks) mark(pen, points[k], shape, fill, ink);
    const [x, y] = points[shown.chosen];
    pen.strokeStyle = ink("focus");
    pen.lineWidth = 2;
    dot([x, y], 10);
    pen.stroke();
  }
  return { element: canvas, draw: (next = shown) => { shown = next; paint(); } };
}

/** A ring for what was asked, a star for the best of it, a cross for what is asked next. */
function mark(pen, [x, y], shape, fill, ink) {
  pen.beginPath();
  if (shape === "ring") pen.arc(x, y, 4.5, 0, 2 * Math.PI);
  else if (shape === "star") for (let k = 0; k < 10; k++) { const [r, a] = [k % 2 ? 4.5 : 10, (k * Math.PI) / 5]; pen.lineTo(x + r * Math.sin(a), y - r * Math.cos(a)); }
  else { for (const [dx, dy] of [[1, 0], [0, 1]]) { pen.moveTo(x - 13 * dx, y - 13 * dy); pen.lineTo(x + 13 * dx, y + 13 * dy); } }
  if (shape === "star") pen.closePath();
  pen.fillStyle = fill ?? ink("paper");
  pen.strokeStyle = shape === "cross" ? ink("mark") : ink("ink");
  pen.lineWidth = shape === "cross" ? 3 : 1.4;
  if (shape !== "cross") pen.fill();
  pen.stroke();
}
