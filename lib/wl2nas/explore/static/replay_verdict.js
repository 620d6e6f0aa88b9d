// At the end of a game: the reader's best beside every method's runs, and what luck would have done.

import { make } from "./parts.js";
import { handedOver, luck, verdict, weakerStarts } from "./replay_counts.js";
import { percent } from "./replay_data.js";

/** What a probability of luck says, in words. */
export function inWords(probability) {
  if (probability >= 0.2) return "So this game cannot be told from luck.";
  if (probability >= 0.05) return "Not often, but too often to speak of skill after one game.";
  return "Luck seldom does that. One game is one game: play another deal before you believe it.";
}

/** How often blind luck does as well, as a sentence. */
function luckInWords(data, order, best) {
  const own = order.length - data.start;
  if (order.indexOf(best) < data.start) return `None of your ${own} cells beats what was dealt.`;
  const probability = luck(data, order);
  const often = Math.round(100 * probability);
  const find = `${often || "fewer than one"} ${often > 1 ? "find" : "finds"}`;
  return `Of a hundred who ask ${own} other cells blindly after the same ${data.start}, ${find} an answer as good. ${inWords(probability)}`;
}

/** The verdict as an element; `order`: the cells that were asked, the dealt ones first. */
export function verdictView(data, order, deal, aided) {
  const best = handedOver(data, order);
  const dealt = Math.max(...order.slice(0, data.start).map((place) => data.answers[place]));
  const line = (tag, parts) => make("tr", {}, ...parts.map((part) => make(tag, {}, part)));
  const rows = Object.keys(data.runs).map((arm) => verdict(data, arm, order, deal));
  const runs = data.seeds.length;
  return [make("p", { class: "title" }, "The verdict"),
    make("p", {}, `You hand over row ${data.rows[best]}: it answered ${percent(data.answers[best])}, and the judge, on signals that no search sees, gives it ${percent(data.judged[best])}.${aided ? " You looked at a model on the way." : ""}`),
    make("p", {}, `What is luck? ${luckInWords(data, order, best)}`),
    make("p", {}, `And the start? The best that was dealt to you answered ${percent(dealt)}, a better start than ${weakerStarts(data, deal)} of the other ${runs - 1} deals have; the fairest comparison is the column “with your deal”.`),
    make("div", { class: "scroll" }, make("table", {}, line("th", [`judged after ${order.length} questions`, "with your deal", `median of ${runs} deals`, `you are better than, equal to, worse than (of ${runs})`]),
      ...rows.map(({ label, sameDeal, median, better, equal, worse }) => line("td", [label, percent(sameDeal), percent(median), `${better}, ${equal}, ${worse}`]))))];
}
