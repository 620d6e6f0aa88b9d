// What the colour of a dot says, from light for a low accuracy to dark for a high one.

import { make } from "./parts.js";

/** All that dots can be coloured by. */
export const COLOURINGS = { guess: "the model's guess", width: "how unsure the model is", answers: "the answers", all: "all accuracies" };
const SHADES = { light: [[214, 196, 224], [63, 15, 92]], dark: [[88, 68, 104], [240, 214, 255]] }; // purple: no operation and no class has it
const STEPS = 24;

/** The colour of a share from 0 to 1 of the scale. */
export function shade(share, dark) {
  const [low, high] = SHADES[dark ? "dark" : "light"];
  const level = Math.round(STEPS * Math.min(Math.max(share, 0), 1)) / STEPS;
  return `rgb(${low.map((c, k) => Math.round(c + level * (high[k] - c)))})`;
}

/** Which colourings there are: nobody who searches sees all accuracies before the end. */
export function colouringsOf({ byHand, over, model }) {
  if (byHand) return ["answers", "guess", "width", ...(over ? ["all"] : [])];
  return model ? ["guess", "width", "all"] : ["answers", "all"];
}

/**
 * Colours of all dots: {low, high, unit, fills, answered}. A fill is null where nothing is known;
 * answered(place) is the colour of a cell's answer. model: a function, called where it is needed.
 */
export function coloursOf(data, colouring, asked, model, dark) {
  const answer = (place) => data.answers[place];
  if (colouring === "width") {
    const { width } = model();
    const high = Math.max(...width);
    const fills = Array.from(width, (value) => shade(value / high, dark));
    return { low: 0, high, unit: "points", fills, answered: (place) => fills[place] };
  }
  const [low, high] = data.scale;
  const colour = (value) => shade((value - low) / (high - low), dark);
  const seen = colouring === "answers" ? new Set(asked) : null;
  const values = colouring === "guess" ? model().mean : data.answers;
  const fills = Array.from(values, (value, place) => (seen && !seen.has(place) ? null : colour(value)));
  return { low, high, unit: "%", fills, answered: (place) => colour(answer(place)) };
}

/** The line below the map: the scale, and what the marks are. */
export function legendOf(colouring, { low, high, unit }, dark, hasNext) {
  const bar = make("span", { class: "bar", style: `background: linear-gradient(to right, ${shade(0, dark)}, ${shade(1, dark)})` });
  const ends = unit === "%" ? [low.toFixed(0), high.toFixed(0)] : ["0", high.toFixed(1)];
  const unknown = colouring === "answers" ? " · grey: not asked" : "";
  return [`${COLOURINGS[colouring]}: ${ends[0]} `, bar, ` ${ends[1]} ${unit}${unknown} · ○ asked · ☆ best so far${hasNext ? " · ✚ asked next" : ""} · large ring: the cell that is drawn`];
}
