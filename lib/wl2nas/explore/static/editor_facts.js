// Beside the cell: its canonical form, its colours, the cells that share its skeleton, what lies near.

import { cellOf, codeOf, edgesOf, sameSkeleton } from "./cell.js";
import { cellFigure } from "./editor_view.js";
import { refine } from "./graphs.js";
import { make } from "./parts.js";

const FEW = 3; // same-skeleton cells, until the reader wants all

/** What is known of cells by their code: {row(code), accuracy(code), among}, all texts. */
export function sampleKnowledge({ codes, rows, values, drawn }) {
  const index = new Map(codes.map((code, k) => [code, k]));
  const valued = values.some((value) => value !== null);
  const value = (code) => (index.has(code) ? values[index.get(code)] : null);
  const more = rows.length - drawn;
  return {
    index: (code) => index.get(code) ?? -1,
    row: (code) => (index.has(code) ? `row ${rows[index.get(code)]}` : ""),
    accuracy: (code) => (!valued ? "" : value(code) === null ? "not trained" : `accuracy ${value(code).toFixed(1)}\u00a0%`),
    among: `a sample: ${drawn.toLocaleString("en")} cells drawn at random${more ? ` and ${more.toLocaleString("en")} more that were trained` : ""}`,
  };
}

const count = (colours) => `${new Set(colours).size} ${new Set(colours).size === 1 ? "class" : "classes"}`;
/** Several texts as one, those that say nothing left out. */
export const joined = (...parts) => parts.filter(Boolean).join(", ");

/** The facts of a cell: {element, show({strict, form, code})}; `take(cell)` when the reader takes one. */
export function cellFacts({ rules, knowledge, guarded, button, take }) {
  const [mine, others] = [make("div", {}), make("div", {})];
  const element = make("div", { class: "halves" }, mine, others);
  let all = false;

  function drawings(form, code) {
    const graph = { labels: form.ops, edges: edgesOf(form.matrix) };
    const [both, flat] = ["both", "undirected"].map((direction) => refine(graph, direction).at(-1));
    return [
      cellFigure(form, rules, { key: `${code} form`, numbers: true, caption: joined("canonical form", knowledge.row(code), knowledge.accuracy(code)), label: "canonical form" }),
      cellFigure(form, rules, { key: `${code} both`, colours: both, caption: `colours, direction kept: ${count(both)}`, label: "colours with direction kept" }),
      cellFigure(form, rules, { key: `${code} flat`, colours: flat, directed: false, caption: `skeleton A + Aᵀ, its colours: ${count(flat)}`, label: "skeleton with its colours" }),
    ];
  }
  function showOthers(form, code) {
    const found = sameSkeleton(form, rules).map((cell) => [cell, codeOf(cell, rules)]).filter(([, other]) => other !== code);
    const figures = (all ? found : found.slice(0, FEW)).map(([cell, other], k) => cellFigure(cell, rules, {
      key: String(other), focus: `same ${k}`, caption: joined("same skeleton", knowledge.row(other), knowledge.accuracy(other)), label: "same-skeleton cell", take: guarded(() => take(cell)) }));
    const said = found.length === 0 ? "No other cell has this skeleton." : `${found.length} other ${found.length === 1 ? "cell has" : "cells have"} this skeleton; choose one to take it.`;
    const more = button(all ? `Show ${FEW}` : `Show all ${found.length}`, () => { all = !all; showOthers(form, code); others.querySelector("button").focus(); });
    others.replaceChildren(make("p", {}, said, found.length > FEW ? " " : "", found.length > FEW ? more : ""), make("div", { class: "facts" }, ...figures));
  }

  function show({ strict, form, code }) {
    all = false;
    if (strict) {
      mine.replaceChildren(make("p", {}, "Only a cell has a canonical form, and others that share its skeleton."));
      others.replaceChildren();
    } else {
      mine.replaceChildren(make("p", {}, "Its canonical form and its colours"), make("div", { class: "facts" }, ...drawings(form, code)));
      showOthers(form, code);
    }
  }
  return { element, show };
}

/** The cells that lie near: {element, show(found, among, model)}; found is [{code, row, distance}]. */
export function nearList({ rules, knowledge, guarded, take }) {
  const element = make("div", {});
  function show(found, among, model) {
    const figures = found.map(({ code, row, distance }, k) => cellFigure(cellOf(code, rules), rules, {
      key: String(code), focus: `near ${k}`, caption: joined(`${k + 1}. row ${row}`, `distance ${distance.toFixed(2)}`, knowledge.accuracy(code)), label: `row ${row}`, take: guarded(() => take(cellOf(code, rules))) }));
    element.replaceChildren(make("p", { class: "soft" }, `Among ${among}; distances in the embedding of ${model}. Numbers as on the map; choose one to take it.`), make("div", { class: "facts" }, ...figures));
  }
  return { element, show };
}
