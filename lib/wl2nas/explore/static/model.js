// The forward passes of the models, in plain numbers: cell -> latent -> point, and latent -> draw.
//
// The file is written by Python's `explore.editor_file.export`: the length of a header in four
// bytes, the header in JSON, numbers in float16. A latent is a list of rows: one for a whole cell
// (CellVAE), one for every place (Arch2Vec).

import { edgesOf, emptyMatrix, padded } from "./cell.js";
import { InputError } from "./graphs.js";

// --- the file ----------------------------------------------------------------------------------

function half(bits) {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction);
}

/** What a file holds: its header, and `array([start, shape])`. */
export function readFile(buffer, byteOffset = 0, byteLength = buffer.byteLength) {
  const view = new DataView(buffer, byteOffset, byteLength);
  const length = byteLength > 4 ? view.getUint32(0, true) : Infinity;
  if (4 + length > byteLength) throw new InputError("the file of the models is cut, or another file");
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, byteOffset + 4, length)));
  if (header.format !== "wl2nas cell editor 1") throw new InputError(`the file of the models is of the form ${header.format}; make it anew`);
  const array = ([start, shape]) => Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => half(view.getUint16(4 + length + 2 * (start + k), true)));
  return { header, array };
}

/** The models of a file by name: {encode, embed, decode, move, directions, mean, shares, sample}. */
export function readModels({ header, array }) {
  const known = { CellVAE: cellVAE, Arch2Vec: arch2vec };
  return new Map(Object.entries(header.models).map(([name, said]) => {
    const weights = Object.fromEntries(Object.entries(said.weights).map(([path, where]) => [path, array(where)]));
    const { mean, directions, shares } = said;
    const move = (latent, [a, b]) => latent.map((row) => row.map((value, k) => value + a * directions[0][k] + b * directions[1][k]));
    return [name, { ...known[said.kind](weights, said.layers, header.rules), move, mean, directions, shares, sample: array(said.embedding) }];
  }));
}

// --- layers ------------------------------------------------------------------------------------

const relu = (x) => x.map((value) => (value > 0 ? value : 0));

/** x K + bias, with a kernel stored row by row, (inputs, outputs). */
function dense(x, kernel, bias) {
  const [out, n] = [Float64Array.from(bias), bias.length];
  for (let i = 0; i < x.length; i++) {
    if (x[i] === 0) continue;
    for (let j = 0, k = i * n; j < n; j++, k++) out[j] += x[i] * kernel[k];
  }
  return out;
}

/** What a vertex gathers along the pairs [from, to]: for every vertex a sum of rows. */
function gather(rows, pairs) {
  const sums = rows.map((row) => new Float64Array(row.length));
  for (const [from, to] of pairs) for (let k = 0; k < sums[to].length; k++) sums[to][k] += rows[from][k];
  return sums;
}

const oneHot = (ops, number) => ops.map((op) => Float64Array.from({ length: number }, (_, k) => (k === op ? 1 : 0)));

function layerNorm(x, scale, bias) {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return x.map((value, k) => ((value - mean) / Math.sqrt(variance + 1e-5)) * scale[k] + bias[k]);
}

// --- ours --------------------------------------------------------------------------------------

function cellVAE(weights, layers, rules) {
  const decode = incremental(weights, rules);
  function encode(cell) {
    const edges = edgesOf(cell.matrix);
    let rows = oneHot(cell.ops, rules.operations.length);
    for (let k = 0; k < layers; k++) {
      const at = (name) => weights[`encoder.layer${k}.${name}`];
      const [before, after] = [gather(rows, edges), gather(rows, edges.map(([i, j]) => [j, i]))];
      rows = rows.map((row, v) => {
        const hidden = relu(dense([...row, ...before[v], ...after[v]], at("first.kernel"), at("first.bias")));
        return relu(layerNorm(dense(hidden, at("second.kernel"), at("second.bias")), at("norm.scale"), at("norm.bias")));
      });
    }
    const pooled = rows[0].map((_, k) => rows.reduce((sum, row) => sum + row[k], 0) / 3);
    return [dense(pooled, weights["encoder.to_mean.kernel"], weights["encoder.to_mean.bias"])];
  }
  return { encode, embed: ([row]) => row, decode: ([row]) => decode(row) };
}

/** How many numbers of an ascending list are below a bound. */
const below = (list, bound) => list.filter((value) => value < bound).length;

/** Where the prefixes of a packed kernel start. */
function starts(prefixes) {
  let sum = 0;
  return prefixes.map((length) => (sum += length) - length);
}

/**
 * The decoder that looks back, entry by entry: every hidden unit is computed once, when the entries
 * that it sees have been said. What a unit sees is a prefix, and only prefixes are in the file.
 */
function incremental(weights, { maxVertices, operations }) {
  const widths = Array.from({ length: maxVertices }, (_, v) => [operations.length + 1, ...Array(v).fill(1)]).flat();
  const entry = widths.flatMap((width, e) => Array(width).fill(e));
  const hidden = weights["decoder.latent_to_first.bias"].length;
  const degree = Array.from({ length: hidden }, (_, u) => Math.floor((u * widths.length) / hidden));
  const first = degree.map((d) => below(entry, d));
  const second = degree.map((d) => below(degree, d + 1));
  const output = entry.map((e) => below(degree, e + 1));
  const [firstStart, secondStart, outputStart] = [first, second, output].map(starts);
  const [K1, K2, K3] = ["first", "second", "output"].map((name) => weights[`decoder.${name}.kernel`]);
  const sum = (kernel, start, length, values) => {
    let total = 0;
    for (let k = 0; k < length; k++) total += kernel[start + k] * values[k];
    return total;
  };
  return (z) => {
    const [shift1, shift2, shift3] = ["first", "second", "output"].map((name) => dense(z, weights[`decoder.latent_to_${name}.kernel`], weights[`decoder.latent_to_${name}.bias`]));
    const [said, h1, h2] = [new Float64Array(entry.length), new Float64Array(hidden), new Float64Array(hidden)];
    let [unit, column] = [0, 0];
    widths.forEach((width, e) => {
      const units = unit;
      for (; degree[unit] === e; unit++) h1[unit] = Math.max(0, shift1[unit] + sum(K1, firstStart[unit], first[unit], said));
      for (let u = units; u < unit; u++) h2[u] = Math.max(0, shift2[u] + sum(K2, secondStart[u], second[u], h1));
      const logits = Array.from({ length: width }, (_, k) => shift3[column + k] + sum(K3, outputStart[column + k], output[column + k], h2));
      if (width === 1) said[column] = logits[0] > 0 ? 1 : 0;
      else said[column + logits.indexOf(Math.max(...logits))] = 1;
      column += width;
    });
    return readEntries(said, maxVertices, operations.length);
  };
}

function readEntries(said, vertices, operations) {
  const [ops, matrix] = [[], emptyMatrix(vertices)];
  let column = 0;
  for (let v = 0; v < vertices; v++) {
    const symbol = said.slice(column, column + operations + 1).indexOf(1);
    ops.push(symbol === operations ? -1 : symbol);
    column += operations + 1;
    for (let u = 0; u < v; u++) matrix[u][v] = said[column++];
  }
  return { ops, matrix, padding: ops.map((op) => op === -1) };
}

// --- arch2vec ----------------------------------------------------------------------------------

function arch2vec(weights, layers, rules) {
  const norm = (x, path) => {
    const [gain, bias, mean, variance] = ["gain", "bias", "mean", "var"].map((name) => weights[`${path}.${name}`]);
    return x.map((value, k) => ((value - mean[k]) * gain[k]) / Math.sqrt(variance[k] + 1e-5) + bias[k]);
  };
  function encode(cell) {
    const { ops, matrix } = padded(cell, rules);
    const skeleton = edgesOf(matrix).flatMap(([i, j]) => [[i, j], [j, i]]);
    let rows = oneHot(ops, rules.operations.length);
    for (let k = 0; k < layers; k++) {
      const path = `encoder.layer${k}`;
      const [seen, own] = [gather(rows, skeleton), 1 + weights[`${path}.eps`][0]];
      rows = rows.map((row, v) => {
        const gathered = row.map((value, c) => own * value + seen[v][c]);
        const hidden = relu(norm(dense(gathered, weights[`${path}.first.kernel`], weights[`${path}.first.bias`]), `${path}.inner_norm`));
        return relu(norm(dense(hidden, weights[`${path}.second.kernel`], weights[`${path}.second.bias`]), `${path}.outer_norm`));
      });
    }
    return rows.map((row) => dense(row, weights["encoder.to_mean.kernel"], weights["encoder.to_mean.bias"]));
  }
  /** Operations from each row alone, edges from two; padding where no operation reaches one half. */
  function decode(latent) {
    const logits = latent.map((row) => [...dense(row, weights["decoder.to_operations.kernel"], weights["decoder.to_operations.bias"])]);
    const matrix = latent.map((row, i) => latent.map((other, j) => (i < j && row.reduce((sum, value, k) => sum + value * other[k], 0) > 0 ? 1 : 0)));
    return { ops: logits.map((row) => row.indexOf(Math.max(...row))), matrix, padding: logits.map((row) => Math.max(...row) < 0) };
  }
  const embed = (latent) => latent[0].map((_, k) => latent.reduce((sum, row) => sum + row[k], 0) / latent.length);
  return { encode, embed, decode };
}

// --- neighbours --------------------------------------------------------------------------------

/** The `number` cells of the sample that lie nearest to a point: [{index, distance}], nearest first. */
export function nearest(model, point, number, skip = -1) {
  const best = [];
  for (let index = 0, k = 0; k < model.sample.length; index++) {
    let square = 0;
    for (let d = 0; d < point.length; d++, k++) square += (model.sample[k] - point[d]) ** 2;
    if (index === skip || (best.length === number && square >= best[number - 1].square)) continue;
    best.push({ index, square });
    best.sort((a, b) => a.square - b.square || a.index - b.index);
    best.length = Math.min(best.length, number);
  }
  return best.map(({ index, square }) => ({ index, distance: Math.sqrt(square) }));
}

/** The coordinates of a point on a model's two directions. */
export const project = ({ mean, directions }, point) => directions.map((direction) => direction.reduce((sum, value, k) => sum + value * (point[k] - mean[k]), 0));
