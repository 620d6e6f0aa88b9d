// At the end of a game: the reader's best beside every method's runs, and what luck would have done.

import { make } from "./parts.js";
import { handedOver, luck, verdict } from "./replay_data.js";

/** What a probability of luck says, in words. */
export function inWords(probability) {
  if (probability >= 0.2) return "So this game cannot be told from luck.";
  if (probability >= 0.05) return "Not often, but too often to speak of skill after one game.";
  return "Luck seldom does that. One game is one game: play another deal before you believe it.";
}

/** The verdict as an element; `order`: the cells that were asked, the dealt ones first. */
export function verdictView(data, order, deal, aided) {
  const best = handedOver(data, order);
  const own = order.length - data.start;
  const probability = luck(data, order);
  const percent = (value) => `${value.toFixed(1)} %`;
  const found = order.indexOf(best) < data.start
    ? `None of your ${own} cells beats what was dealt.`
    : `Of a hundred who ask ${own} other cells blindly after the same ${data.start}, ${Math.round(100 * probability) || "fewer than one"} ${Math.round(100 * probability) > 1 ? "find" : "finds"} an answer as good. ${inWords(probability)}`;
  const line = (tag, parts) => make("tr", {}, ...parts.map((part) => make(tag, {}, String(part))));
  const rows = Object.keys(data.runs).map((arm) => verdict(data, arm, order, deal));
  return make("section", { class: "verdict" }, make("h4", {}, "The verdict"),
    make("p", {}, `You hand over row ${data.rows[best]}: it answered ${percent(data.answers[best])}, and the judge, on signals that no search sees, gives it ${percent(data.judged[best])}.${aided ? " You looked at a model on the way." : ""}`),
    make("p", {}, `What is luck? ${found}`),
    make("div", { class: "scroll" }, make("table", {}, line("th", [`after ${order.length} questions`, `judged, same ${data.start} dealt`, `median of ${rows[0].runs} deals`, "you are better than", "equal to", "worse than"]),
      ...rows.map(({ label, sameDeal, median, better, equal, worse, runs }) => line("td", [label, percent(sameDeal), percent(median), `${better} of ${runs} runs`, equal, worse])))));
}
