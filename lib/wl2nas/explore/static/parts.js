// What the pages of all explorers are made of: elements, the theme, keys, colours, a drawn cell.
//
// An explorer stands in one element of class `wl-explorer`, which `frame` makes: it follows light
// and dark, keeps its keys from JupyterLab, and owns up to mistakes.

import { InputError, cellLayout } from "./graphs.js";

// --- elements ----------------------------------------------------------------------------------

const SVG = "http://www.w3.org/2000/svg";
const DRAWN = new Set(["svg", "g", "circle", "line", "path", "text", "tspan", "polygon", "polyline", "title", "desc", "rect", "defs", "pattern", "marker", "animate"]);

/** An element with attributes, event handlers (on...) and children; text is never read as markup. */
export function make(tag, attributes = {}, ...children) {
  const element = DRAWN.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// --- theme -------------------------------------------------------------------------------------

/** Whether the page around is dark: JupyterLab, VS Code, Colab, the site, or the reader's system. */
export function isDark() {
  const { body, documentElement: html } = document;
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false";
  if (body.classList.contains("vscode-dark")) return true;
  if (body.classList.contains("vscode-light")) return false;
  const said = body.dataset.theme ?? html.dataset.theme ?? html.getAttribute("theme");
  if (said === "dark" || said === "light") return said === "dark";
  return window.matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Keep the class `wl-dark` of an element as the page around is; returns a function that stops. */
function followTheme(root) {
  const follow = () => root.classList.toggle("wl-dark", isDark());
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const watcher = new MutationObserver(follow);
  for (const element of [document.body, document.documentElement]) watcher.observe(element, { attributes: true, attributeFilter: ["class", "theme", "data-theme", "data-jp-theme-light"] });
  system.addEventListener("change", follow);
  follow();
  return () => { watcher.disconnect(); system.removeEventListener("change", follow); };
}

/** Whether the reader asked for little motion. */
export const stillness = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

const BASE = `
.wl-explorer { --paper: #ffffff; --field: #f7f7f5; --ink: #111111; --soft: #555555; --line: #b8b8b8; --edge: #444444; --mark: #D55E00; --focus: #0072B2; --warn: #fff3ea;
  font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); padding: 8px; box-sizing: border-box; max-width: 1100px; overflow-wrap: break-word; }
.wl-explorer.wl-dark { --paper: #16181c; --field: #1f2228; --ink: #eceff4; --soft: #b4bac4; --line: #4a505b; --edge: #c3c8d0; --mark: #ff9b52; --focus: #6cb8ff; --warn: #3a2615; color-scheme: dark; }
.wl-explorer *, .wl-explorer *::before { box-sizing: border-box; }
.wl-explorer p { margin: 6px 0; }
.wl-explorer h3, .wl-explorer h4 { margin: 0 0 4px; font-size: 15px; font-weight: 600; }
.wl-explorer .row { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; margin: 6px 0; }
.wl-explorer button, .wl-explorer select { font: inherit; padding: 5px 10px; border: 1px solid var(--soft); border-radius: 5px; background: var(--field); color: var(--ink); cursor: pointer; }
.wl-explorer button[aria-pressed="true"] { background: var(--ink); color: var(--paper); }
.wl-explorer button[aria-disabled="true"], .wl-explorer button:disabled { opacity: 0.5; cursor: default; }
.wl-explorer textarea, .wl-explorer input[type="text"], .wl-explorer input[type="number"] { font: 14px ui-monospace, monospace; max-width: 100%; border: 1px solid var(--soft); border-radius: 4px; padding: 4px 6px; background: var(--paper); color: var(--ink); }
.wl-explorer :focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
.wl-explorer svg [tabindex]:focus { outline: none; }
.wl-explorer svg [tabindex]:focus-visible circle { stroke: var(--focus); }
.wl-explorer svg { display: block; width: 100%; height: auto; }
.wl-explorer svg text { font-family: system-ui, sans-serif; fill: var(--ink); }
.wl-explorer section { border: 1px solid var(--line); border-radius: 6px; padding: 8px; min-width: 0; }
.wl-explorer [role="alert"]:not(:empty) { border-left: 5px solid var(--mark); padding: 6px 10px; background: var(--warn); overflow-wrap: anywhere; }
.wl-explorer .scroll { overflow: auto; max-height: 280px; }
.wl-explorer table { border-collapse: collapse; font-size: 13px; background: none; color: inherit; }
.wl-explorer td, .wl-explorer th { border: 1px solid var(--line); padding: 1px 6px; text-align: left; font-weight: normal; white-space: nowrap; background: none; color: inherit; }
.wl-explorer .cells { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 190px), 1fr)); gap: 10px; }
.wl-explorer figure { margin: 0; }
.wl-explorer figcaption { font-size: 13px; color: var(--soft); }
`;

// --- keys and mistakes -------------------------------------------------------------------------

/**
 * JupyterLab must not take the keys that are meant for the explorer, and must still save.
 *
 * It listens on the document, while the event comes down, and walks up from the element that has
 * the focus until one carries an attribute. So the element gets it earlier, on the window.
 */
function keepKeys(root) {
  const keep = (event) => {
    if (!(event.target instanceof Element) || !root.contains(event.target)) return;
    const saves = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
    event.target.toggleAttribute("data-lm-suppress-shortcuts", !saves);
  };
  window.addEventListener("keydown", keep, true);
  return () => window.removeEventListener("keydown", keep, true);
}

/**
 * The element of an explorer, put into `element`; `style` is its own CSS, `name` its class.
 *
 * Returns {root, alert, status, guarded, report, problems, close}: `guarded(handler)` shows what goes
 * wrong in an element of role alert and keeps it in `problems`; an InputError is the reader's to mend.
 * `report(error)` does so where an answer comes later than the reader's own doing.
 */
export function frame(element, name, style = "") {
  const root = make("div", { class: `wl-explorer ${name}` });
  const alert = make("div", { role: "alert" });
  const status = make("p", { role: "status", "aria-live": "polite" });
  const problems = [];
  const own = (error) => {
    problems.push(String(error));
    alert.textContent = error instanceof InputError ? `This was not read: ${error.message}.` : `This did not work. ${error}`;
  };
  const guarded = (action) => (...given) => {
    try {
      alert.textContent = "";
      const result = action(...given);
      return result instanceof Promise ? result.catch(own) : result;
    } catch (error) {
      return own(error);
    }
  };
  const stops = [followTheme(root), keepKeys(root)];
  element.replaceChildren(make("style", {}, BASE + style), root);
  return { root, alert, status, guarded, report: own, problems, close: () => stops.forEach((stop) => stop()) };
}

/**
 * Ask Python, through anywidget: a function from a question, an object, to the promise of an answer.
 * A page without a kernel has a function of its own in its place. See `page.Answering`.
 */
export function asker(model) {
  const waiting = new Map();
  model.on("msg:custom", ({ number, answer, error }) => {
    const { resolve, reject } = waiting.get(number) ?? {};
    waiting.delete(number);
    if (error !== undefined) reject?.(new Error(error));
    else resolve?.(answer);
  });
  let asked = 0;
  return (question) => new Promise((resolve, reject) => {
    waiting.set(++asked, { resolve, reject });
    model.send({ number: asked, question });
  });
}

// --- colours -----------------------------------------------------------------------------------

// As in wl2nas.draw.style: an operation looks alike everywhere, and no class looks like one.
const OPERATIONS = {
  input: ["#ffffff", "#000000", "in"], output: ["#000000", "#ffffff", "out"],
  conv1x1: ["#E69F00", "#000000", "1"], conv3x3: ["#0072B2", "#ffffff", "3"], maxpool: ["#009E73", "#000000", "P"],
  nor_conv_1x1: ["#E69F00", "#000000", "1"], nor_conv_3x3: ["#0072B2", "#ffffff", "3"], avg_pool_3x3: ["#009E73", "#000000", "A"],
  skip_connect: ["#ffffff", "#000000", "="], none: ["#ffffff", "#000000", "0"],
};
const CLASS_FILLS = ["#F0E442", "#CC79A7", "#56B4E9", "#D55E00", "#dddddd", "#f6c9e0", "#999999"];

/** Fill, ink and letter of an operation by its name. */
export const operationLook = (name) => OPERATIONS[name] ?? ["#7B3294", "#ffffff", name.slice(0, 1).toUpperCase()];
/** Fills of a colour class on the left and on the right: one fill for seven classes, two for 42 more. */
export const classFills = (colour) => [colour, colour + Math.floor(colour / CLASS_FILLS.length)].map((k) => CLASS_FILLS[k % CLASS_FILLS.length]);
/** The letter of a colour class: a, b, ..., z, a1, b1, ... */
export const classLetter = (colour) => "abcdefghijklmnopqrstuvwxyz"[colour % 26] + (colour < 26 ? "" : Math.floor(colour / 26));

// --- a cell ------------------------------------------------------------------------------------

const STEP = [46, 36]; // pixels between two depths, and of a height of one
const RADIUS = 12;
const HALO = "paint-order: stroke; stroke: var(--paper); stroke-width: 3px"; // keeps edges off numbers

/** A straight line between two discs, with a head for an arrow; a marked one is thick and orange. */
export function edgeLine([x1, y1], [x2, y2], { directed = true, marked = false, radius = RADIUS, width = 1.3, head = 7, ...attributes } = {}) {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const [ink, thick, long] = marked ? ["var(--mark)", 2.5 * width, 1.3 * head] : ["var(--edge)", width, head];
  const [tx, ty] = [x2 - 1.08 * radius * ux, y2 - 1.08 * radius * uy];
  const corner = (side) => `${tx - long * ux - side * 0.5 * long * uy},${ty - long * uy + side * 0.5 * long * ux}`;
  const shaft = directed ? [tx - 0.7 * long * ux, ty - 0.7 * long * uy] : [x2, y2];
  return make("g", { class: "edge", ...attributes }, make("line", { x1, y1, x2: shaft[0], y2: shaft[1], stroke: ink, "stroke-width": thick }),
    directed ? make("polygon", { points: `${tx},${ty} ${corner(1)} ${corner(-1)}`, fill: ink }) : null);
}

/**
 * A cell as SVG, input left, output right: {names: [string], edges: [[i, j]]}.
 *
 * colours: a class for every vertex, drawn in place of the operations. numbers: written below the
 * vertices, true for their own. marked: edges [[i, j]] to look at. label: what it shows, in words.
 */
export function drawCell({ names, edges }, { colours = null, directed = true, numbers = false, marked = [], label = "a cell" } = {}) {
  const places = cellLayout(names.length, edges).map(([x, y]) => [x * STEP[0], -y * STEP[1]]);
  const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs) - 18, Math.min(...ys, -STEP[1]) - 18];
  const [width, height] = [Math.max(...xs) + 18 - left, Math.max(...ys, STEP[1]) + (numbers ? 30 : 18) - top];
  const chosen = new Set(marked.map(String));
  const lines = edges.map((edge) => edgeLine(places[edge[0]], places[edge[1]], { directed, marked: chosen.has(String(edge)) }));
  const shown = numbers === true ? names.map((_, v) => v) : numbers;
  const discs = names.map((name, v) => {
    const [fill, ink, letter] = colours ? [classFills(colours[v])[0], "#000000", classLetter(colours[v])] : operationLook(name);
    const [x, y] = places[v];
    return make("g", { "data-vertex": v }, make("title", {}, `vertex ${v}: ${name}`),
      make("circle", { cx: x, cy: y, r: RADIUS, fill, stroke: "var(--ink)", "stroke-width": 1.2 }),
      make("text", { x, y: y + 4, "text-anchor": "middle", "font-size": letter.length > 1 ? 9.5 : 12, style: `fill: ${ink}` }, letter),
      shown ? make("text", { x, y: y + 25, "text-anchor": "middle", "font-size": 10, style: HALO }, String(shown[v])) : null);
  });
  return make("svg", { role: "img", "aria-label": label, viewBox: `${left} ${top} ${width} ${height}`, style: `max-width: ${1.6 * width}px` }, ...lines, ...discs);
}
