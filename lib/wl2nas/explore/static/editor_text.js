// The cell editor in texts: its state as a link, its verdicts in words, its steps as Python.

import { canonical, codeOf, edgesOf, fromEdges, padded, publishedProblem, strictProblem, withoutPadding } from "./cell.js";
import { InputError } from "./graphs.js";

// --- the state ---------------------------------------------------------------------------------

/** {model, draft, move: [along the first direction, along the second]} as text. */
export function encodeState({ model, draft, move }, { operations }) {
  const ops = draft.ops.slice(1, -1).map((op) => operations[op]);
  return `model=${model}&ops=${ops.join(",")}&edges=${edgesOf(draft.matrix).map((edge) => edge.join("-")).join(",")}&move=${move.join(",")}`;
}

/** The state that a text says; `names` are those of the models. An InputError names what is wrong. */
export function decodeState(text, { operations, maxVertices }, names) {
  const parts = Object.fromEntries(text.slice(0, 2000).split("&").map((part) => part.split("=")));
  const odd = Object.keys(parts).find((key) => !["model", "ops", "edges", "move"].includes(key));
  if (odd !== undefined || parts.ops === undefined) throw new InputError(`a state says model, ops, edges and move; this is ${text.slice(0, 60)}`);
  const model = parts.model ?? names[0];
  if (!names.includes(model)) throw new InputError(`there is no model ${model.slice(0, 30)}; choose from ${names.join(", ")}`);
  const listed = parts.ops ? parts.ops.split(",") : [];
  const ops = [0, ...listed.map((name) => operations.indexOf(name)), operations.length - 1];
  const wrong = ops.slice(1, -1).findIndex((op) => op < 1 || op > operations.length - 2);
  if (wrong >= 0) throw new InputError(`ops: ${listed[wrong].slice(0, 30) || "nothing"} is no inner operation; choose from ${operations.slice(1, -1).join(", ")}`);
  if (ops.length > maxVertices) throw new InputError(`ops: a cell has at most ${maxVertices} vertices; this one has ${ops.length}`);
  const edges = (parts.edges || null)?.split(",").map((edge) => readEdge(edge, ops.length)) ?? [];
  const move = (parts.move ?? "0,0").split(",").map(Number);
  if (move.length !== 2 || !move.every((part) => Number.isFinite(part) && Math.abs(part) < 1e4)) throw new InputError(`move must be two numbers; it is ${parts.move.slice(0, 30)}`);
  return { model, draft: fromEdges(ops, edges), move };
}

function readEdge(text, n) {
  const [, i, j] = /^(\d{1,2})-(\d{1,2})$/.exec(text) ?? [];
  if (!(Number(i) < Number(j) && Number(j) < n)) throw new InputError(`edge ${text.slice(0, 20)} must lead from a vertex to a later one, of 0..${n - 1}`);
  return [Number(i), Number(j)];
}

// --- what is decoded, beside the cell ----------------------------------------------------------

/** A draw without the edges that the decoder says at padding, padded places holding -1. */
export const plainDraw = ({ ops, matrix, padding }) => ({
  ops: ops.map((op, v) => (padding[v] ? -1 : op)),
  matrix: matrix.map((row, i) => row.map((entry, j) => (padding[i] || padding[j] ? 0 : entry))),
  padding,
});

/** Where a draw is not the form that went in: {missing, added: [[i, j]], changed: [v]}. */
export function differences(form, draw, rules) {
  const [before, after] = [padded(form, rules), plainDraw(draw)];
  const differ = (a, b) => edgesOf(a.matrix).filter(([i, j]) => !b.matrix[i][j]);
  return { missing: differ(before, after), added: differ(after, before), changed: before.ops.flatMap((op, v) => (op === after.ops[v] ? [] : [v])) };
}

/** The differences in words, one each; `numbers` are the reader's names of the places. */
export function differenceWords(form, draw, rules, { missing, added, changed }, numbers) {
  const [before, after] = [padded(form, rules), plainDraw(draw)];
  const name = (op) => rules.operations[op];
  return [
    ...changed.map((v) => {
      if (after.ops[v] < 0) return `vertex ${numbers[v]} is gone`;
      return before.ops[v] < 0 ? `vertex ${numbers[v]} is new, ${name(after.ops[v])}` : `vertex ${numbers[v]}: ${name(before.ops[v])} became ${name(after.ops[v])}`;
    }),
    ...missing.map(([i, j]) => `edge ${numbers[i]}→${numbers[j]} is missing`),
    ...added.map(([i, j]) => `edge ${numbers[i]}→${numbers[j]} is new`),
  ];
}

/** What a draw is: {strict, published: why not, or null; cell: its canonical form if it is legal}. */
export function judge(draw, rules) {
  const real = withoutPadding(draw);
  const strict = strictProblem(real, rules);
  return { strict, published: publishedProblem(draw, rules), real, cell: strict ? null : canonical(real, rules).cell };
}

/** The verdict on a draw beside the form that went in, in one sentence. */
export function verdict(form, draw, rules, words) {
  const { strict, cell } = judge(draw, rules);
  if (strict) return `No cell: ${strict}.`;
  if (words.length === 0) return "The same cell, entry by entry.";
  if (!strictProblem(form, rules) && codeOf(cell, rules) === codeOf(form, rules)) return "The same cell, its vertices in another order.";
  return `Another cell, ${words.length} ${words.length === 1 ? "change" : "changes"} away.`;
}

// --- Python ------------------------------------------------------------------------------------

const rounded = (value) => Number(value.toFixed(4));
const shift = ([a, b]) => `${a < 0 ? "-" : "+"} ${Math.abs(rounded(a))} * first ${b < 0 ? "-" : "+"} ${Math.abs(rounded(b))} * second`;

/** The cell as `cells.Cell(...)`, on lines of their own. */
export function cellCode({ ops, matrix }, { operations }) {
  const rows = matrix.map((row) => `     [${row.join(", ")}]`).join(",\n").slice(5);
  return `cells.Cell(\n    [${rows}],\n    [${ops.map((op) => JSON.stringify(operations[op])).join(", ")}],\n)`;
}

/** The steps shown as three short lines, and the whole as a program for a notebook with `space`; `seed` of its sample. */
export function steps({ model, draft, move }, rules, seed) {
  const problem = strictProblem(draft, rules);
  const moved = move[0] !== 0 || move[1] !== 0;
  const short = [problem ? "cells.Cell(matrix, ops)  # ValueError" : "cell = cells.canonical_form(\n    cells.Cell(matrix, ops))", `z = latent.posterior(model, cell).mean${moved ? `\nz = z ${shift(move)}` : ""}`, "draws = latent.decode(model, z)"];
  const head = `from wl2nas import cells, generation, latent\nfrom wl2nas.explore import editor_models\n\ncell = ${cellCode(draft, rules)}`;
  if (problem) return { short, whole: `${head}  # ValueError: ${problem}\n` };
  const along = moved ? `first, second = editor_models.directions(model, space${seed ? `, seed=${seed}` : ""}).vectors\nz = z ${shift(move)}\n` : "";
  return { short, whole: `${head}\nmodel = editor_models.rounded(${model})  # what the page computes with\n` +
    `z = latent.posterior(model, cells.canonical_form(cell)).mean\n${along}draws = latent.decode(model, z)\nvalid, decoded = generation.valid_strict(draws)\n` };
}
