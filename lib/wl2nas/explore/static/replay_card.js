// The cell that is looked at: its row, its drawing, and what is known of it.

import { drawCell, make } from "./parts.js";
import { percent } from "./replay_data.js";

/** What is known of a cell, in words; believed: {mean, width} of a model, or null. */
export function factsOf(data, place, { asked, believed, revealed }) {
  const at = asked.indexOf(place);
  const known = at >= 0 ? `Asked: ${percent(data.answers[place])} (question ${at + 1}${at < data.start ? ", dealt" : ""}).` : "Not asked yet.";
  const parts = [known];
  if (at < 0 && revealed) parts.push(`It would answer ${percent(data.answers[place])}.`);
  if (believed) parts.push(`The model guesses ${percent(believed.mean[place])}, give or take ${believed.width[place].toFixed(1)} points.`);
  return parts.join(" ");
}

/**
 * The card, with a control below that finds a row: {element, show(place, known)}. With known.aloud, a
 * screen reader says what it shows.
 */
export function cardView(data, finder) {
  const [title, facts, drawing] = [make("p", { class: "title" }), make("p", {}), make("div", {})];
  const words = make("div", {}, title, facts);
  const show = (place, known) => {
    words.setAttribute("aria-live", known.aloud ? "polite" : "off");
    title.textContent = `Row ${data.rows[place]}${place === known.next ? ", asked next" : ""}`;
    facts.textContent = factsOf(data, place, known);
    const cell = data.cell(place);
    drawing.replaceChildren(drawCell(cell, { label: `the cell of row ${data.rows[place]}: ${cell.names.join(", ")}` }));
  };
  return { element: make("section", { class: "card", "aria-label": "a cell" }, words, drawing, finder), show };
}
