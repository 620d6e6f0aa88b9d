// Play, step, back and a slider: after which question a run is shown.

import { make } from "./parts.js";

const PAUSE = 600; // milliseconds between two questions while it plays

/**
 * Controls for questions first to last; goTo(question) shows one, `quiet` wraps what nobody asked
 * for. Returns {element, show, stop}: show(question) says which one it is.
 */
export function player(first, last, guarded, quiet, goTo) {
  let [at, timer] = [first, null];
  const within = (question) => goTo(Math.min(Math.max(question, first), last));
  const button = (text, action, attributes = {}) => make("button", { type: "button", ...attributes, onclick: guarded(action) }, text);
  const play = button("Play", () => toggle(), { class: "main-action" });
  const stop = () => {
    clearInterval(timer);
    timer = null;
    play.textContent = "Play";
  };
  const tick = quiet(() => {
    if (at < last) within(at + 1);
    if (at === last) stop();
  });
  const toggle = () => {
    if (timer) { stop(); return; }
    if (at === last) within(first);
    timer = setInterval(tick, PAUSE);
    play.textContent = "Pause";
  };
  const keys = { ArrowLeft: () => at - 1, ArrowDown: () => at - 1, ArrowRight: () => at + 1, ArrowUp: () => at + 1, Home: () => first, End: () => last };
  // JupyterLab takes the arrow keys away from a slider, so that they are handled here.
  const slider = make("input", { type: "range", min: first, max: last, "aria-label": "question", oninput: guarded((event) => within(Number(event.target.value))),
    onkeydown: guarded((event) => {
      if (!(event.key in keys)) return;
      event.preventDefault();
      within(keys[event.key]());
    }) });
  const counter = make("strong", { class: "counter" });
  const element = make("div", { class: "row" }, play, button("◀ Back", () => within(at - 1)), button("Step ▶", () => within(at + 1)), slider, counter);
  const show = (question) => {
    [at, slider.value] = [question, question];
    counter.textContent = `Question ${question} of ${last}`;
  };
  return { element, show, stop };
}
