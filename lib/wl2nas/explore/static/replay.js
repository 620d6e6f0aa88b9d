// The search replay: watch a method ask one cell after the other, or search by hand against it.
//
// One module, two hosts: anywidget calls `render` (JupyterLab, Colab), a plain page calls `mount`.

import { InputError } from "./graphs.js";
import { drawCell, frame, make } from "./parts.js";
import { armLabel, armOf, bestSoFar, firstState, handedOver, readRecord, spreadOfRuns, stateOf, stateText } from "./replay_data.js";
import { distancesTo, floored, posterior } from "./replay_gp.js";
import { verdictView } from "./replay_verdict.js";
import { chart } from "./replay_chart.js";
import { scatter } from "./scatter.js";

const STYLE = `
.wl-replay .main { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 12px; align-items: start; }
.wl-replay label { display: inline-flex; gap: 5px; align-items: center; max-width: 100%; }
.wl-replay select { min-width: 0; max-width: 100%; padding: 4px 6px; }
.wl-replay input[type="number"] { width: 6.5em; }
.wl-replay input[type="range"] { flex: 1 1 160px; min-width: 0; }
.wl-replay .bar { display: inline-block; width: 90px; height: 12px; border: 1px solid var(--line); vertical-align: middle; }
.wl-replay .legend { font-size: 13px; color: var(--soft); }
.wl-replay [role="status"] { font-weight: 600; min-height: 2.9em; }
.wl-replay .modes button { font-weight: 600; }
.wl-replay .counter { min-width: 8.5em; }
.wl-replay [hidden] { display: none; }
.wl-replay .verdict { margin: 10px 0 6px; }
@media (max-width: 640px) { .wl-replay .main { grid-template-columns: minmax(0, 1fr); } .wl-replay [role="status"] { min-height: 4.4em; } }
`;
const PAUSE = 600; // milliseconds between two questions while it plays
const BUDGETS = [20, 30, 60];
const SHADES = { light: [[214, 196, 224], [63, 15, 92]], dark: [[88, 68, 104], [240, 214, 255]] }; // purple: no operation and no class has it
const COLOURINGS = { guess: "the model's guess", width: "how unsure the model is", answers: "the answers", all: "all accuracies" };
const percent = (value) => `${value.toFixed(1)} %`;

/**
 * Show the replay in an element, from a record as `replay_record.record` makes it.
 * state: a text, as in a link. onState, onPicks and onError hear the state, the rows that the reader
 * asked, and errors that are no slip of the reader's. Returns {get, set, problems, close}.
 */
export function mount(element, record, { state: start = "", onState = () => {}, onPicks = () => {}, onError = () => {} } = {}) {
  const { root, alert, status, guarded: shielded, problems, close } = frame(element, "wl-replay", STYLE);
  const guarded = (action) => shielded((...given) => {
    try { return action(...given); } catch (error) { if (!(error instanceof InputError)) onError(String(error)); throw error; }
  });
  // What nobody asked for, as a redrawing, must not wipe away what the reader is told.
  const unasked = (action) => () => { try { action(); } catch (error) { guarded(() => { throw error; })(); } };
  root.append(alert); // where a record cannot be read, nothing else
  const data = guarded(readRecord)(record);
  if (!data) return { get: () => "", set: () => {}, problems, close };

  let [state, home] = [firstState(data), firstState(data)];
  let hand = null; // {budget, own: [places], aided, done} while the reader searches
  let colouring = "guess";
  let chosen = null;
  let playing = null;
  const known = new Map(); // distances to cells that were asked, for one representation
  const spreads = {};
  const spread = (arm) => (spreads[arm] ??= spreadOfRuns(data, arm));
  const scale = ((sorted) => [sorted[Math.floor(0.05 * sorted.length)], sorted.at(-1)])([...data.answers].sort((a, b) => a - b));

  // --- what is shown ---------------------------------------------------------------------------

  const run = () => data.runs[armOf(state)][state.deal];
  const order = () => (hand ? [...run().slice(0, data.start), ...hand.own] : run().slice(0, state.question));
  const next = () => (hand || state.question === data.questions ? null : run()[state.question]);
  const colourings = () => (hand ? ["answers", "guess", "width", ...(hand.done ? ["all"] : [])] : state.method === "gp" ? ["guess", "width", "all"] : ["answers", "all"]);
  const hasModel = () => (hand ? hand.aided : state.method === "gp");

  let modelled = { key: "", found: null };
  /** The process on the chosen representation, after the answers so far. */
  function model() {
    const [asked, name] = [order(), state.representation];
    const key = `${name} ${asked}`;
    if (modelled.key === key) return modelled.found;
    if (!modelled.key.startsWith(`${name} `)) known.clear();
    for (const place of asked) if (!known.has(place)) known.set(place, distancesTo(data.features(name), place));
    modelled = { key, found: posterior(asked.map((place) => known.get(place)), asked, floored(asked.map((place) => data.answers[place]))) };
    return modelled.found;
  }

  const shade = (share) => {
    const [low, high] = SHADES[root.classList.contains("wl-dark") ? "dark" : "light"];
    const level = Math.round(24 * Math.min(Math.max(share, 0), 1)) / 24;
    return `rgb(${low.map((c, k) => Math.round(c + level * (high[k] - c)))})`;
  };
  /** The fill of every dot, and the ends of the scale. */
  function fills() {
    const asked = new Set(order());
    const [low, high] = colouring === "width" ? [0, Math.max(...model().width)] : scale;
    const values = { guess: () => model().mean, width: () => model().width, answers: () => data.answers, all: () => data.answers }[colouring]();
    return { low, high, fills: Array.from(values, (value, k) => (colouring === "answers" && !asked.has(k) ? null : shade((value - low) / (high - low)))) };
  }

  // --- changes ---------------------------------------------------------------------------------

  const stop = () => { clearInterval(playing); playing = null; play.textContent = "Play"; play.setAttribute("aria-pressed", "false"); };
  const change = (given) => {
    state = { ...state, ...given };
    if (!colourings().includes(colouring)) colouring = colourings()[0];
    chosen = next() ?? (hand ? handedOver(data, order()) : order().at(-1));
    render();
    onState(stateText(state));
  };
  const goto = (question) => change({ question: Math.min(Math.max(question, data.start), data.questions) });
  const toggle = () => {
    if (playing) { stop(); return; }
    if (state.question === data.questions) goto(data.start);
    playing = setInterval(unasked(() => (state.question < data.questions ? goto(state.question + 1) : stop())), PAUSE);
    play.textContent = "Pause";
    play.setAttribute("aria-pressed", "true");
  };
  const watch = () => { stop(); hand = null; colouring = "guess"; change({}); };
  const game = () => {
    stop();
    hand = { budget: Math.min(Number(budget.value), data.questions), own: [], aided: false, done: false };
    colouring = "answers";
    onPicks([]);
    change({});
  };
  const ask = () => {
    if (hand.done || order().includes(chosen)) {
      status.textContent = hand.done ? "No question is left; start a new game." : `Row ${data.rows[chosen]} was asked already; choose another dot.`;
      return;
    }
    hand.own.push(chosen);
    hand.done = order().length === hand.budget;
    onPicks(hand.own.map((place) => data.rows[place]));
    render();
    if (hand.done) below.scrollIntoView({ block: "nearest" });
  };
  const choose = (place) => { chosen = place; render(); };
  const find = () => {
    const place = data.rows.indexOf(Number(row.value));
    if (row.value === "" || place < 0) throw new InputError(`the table does not hold row ${row.value || "(nothing typed)"}`);
    choose(place);
  };
  const reset = () => { stop(); hand = null; [colouring, row.value, budget.value] = ["guess", "", BUDGETS[1]]; change(home); };
  const set = (text) => { stop(); hand = null; change(stateOf(text, data)); };

  // --- controls --------------------------------------------------------------------------------

  const button = (text, action, attributes = {}) => make("button", { type: "button", ...attributes, onclick: guarded((event) => event.currentTarget.getAttribute("aria-disabled") !== "true" && action()) }, text);
  const options = (pairs) => pairs.map(([value, text]) => make("option", { value }, text));
  const select = (name, pairs, action) => make("select", { "aria-label": name, onchange: guarded((event) => action(event.target.value)) }, ...options(pairs));
  const labelled = (control) => make("label", {}, control.getAttribute("aria-label"), control);

  const [watching, byHand] = [button("Watch a method", watch), button("Search by hand", game)];
  const method = select("Method", Object.entries(data.methods), (name) => { stop(); change({ method: name }); });
  const methods = labelled(method);
  const representation = select("Representation", Object.entries(data.representations).map(([name, { label }]) => [name, label]), (name) => change({ representation: name }));
  const deal = make("input", { type: "number", "aria-label": "Deal", min: 0, max: data.seeds.length - 1, onchange: guarded((event) => {
    stop();
    change({ deal: stateOf(stateText({ ...state, deal: event.target.value }), data).deal });
    if (hand) game();
  }) });
  const budget = select("Questions", BUDGETS.filter((q) => q > data.start && q <= data.questions).map((q) => [q, `${q}, ${data.start} of them dealt`]), game);
  const budgets = labelled(budget);
  budget.value = BUDGETS[1];
  const colours = select("Colour", [], (name) => { colouring = name; if (hand && name !== "answers" && !hand.done) hand.aided = true; render(); });
  const play = button("Play", toggle, { "aria-pressed": "false" });
  const counter = make("strong", { class: "counter" });
  // JupyterLab takes the arrow keys away from a slider, so that they are handled here.
  const slider = make("input", { type: "range", min: data.start, max: data.questions, "aria-label": "question", oninput: guarded((event) => goto(Number(event.target.value))),
    onkeydown: guarded((event) => {
      const targets = { ArrowLeft: state.question - 1, ArrowDown: state.question - 1, ArrowRight: state.question + 1, ArrowUp: state.question + 1, Home: data.start, End: data.questions };
      if (event.key in targets) { event.preventDefault(); goto(targets[event.key]); }
    }) });
  const steps = make("div", { class: "row" }, button("◀ Back", () => goto(state.question - 1)), slider, button("Step ▶", () => goto(state.question + 1)), play, counter);
  const asking = button("Ask this cell", ask);
  const row = make("input", { type: "number", placeholder: "row", "aria-label": "row of a cell", onkeydown: guarded((event) => event.key === "Enter" && find()) });
  const finding = make("span", { class: "row" }, row, button("Find row", find));
  const again = button("New game, next deal", () => { state.deal = (state.deal + 1) % data.seeds.length; game(); });

  // --- the page --------------------------------------------------------------------------------

  const about = make("p", {});
  const map = scatter(`map of ${data.rows.length} cells: arrow keys choose a dot, Space the next one on the same spot, Enter asks it`, guarded, { onChoose: choose, onEnter: () => hand && ask() });
  const [legend, axes, card, below] = [make("p", { class: "legend" }), make("p", { class: "legend" }), make("section", {}), make("div", {})];
  const curve = make("div", {});

  /** What is known of a cell, in words. */
  function facts(place) {
    const at = order().indexOf(place);
    const parts = [at >= 0 ? `Asked: ${percent(data.answers[place])} (question ${at + 1}${at < data.start ? ", dealt" : ""}).` : place === next() ? "Asked next." : "Not asked."];
    if (at < 0 && colouring === "all") parts.push(`It would answer ${percent(data.answers[place])}.`);
    if (hasModel()) parts.push(`The model guesses ${percent(model().mean[place])}, give or take ${model().width[place].toFixed(1)} points.`);
    return parts.join(" ");
  }
  function fillStatus(asked) {
    const best = handedOver(data, asked);
    const found = `best so far ${percent(data.answers[best])}, at question ${asked.indexOf(best) + 1}`;
    if (hand) {
      const last = hand.own.at(-1);
      status.textContent = `${hand.own.length ? `Row ${data.rows[last]} answers ${percent(data.answers[last])}; ` : "Your first ten are dealt; "}${found}. ${hand.done ? "Your questions are spent: the verdict is below." : `${hand.budget - asked.length} questions left.`}`;
    } else {
      const last = state.question > data.start ? `Question ${state.question}: row ${data.rows[asked.at(-1)]} answers ${percent(data.answers[asked.at(-1)])}` : `${data.start} cells are dealt`;
      status.textContent = `${last}; ${found}. ${next() === null ? "The budget is spent." : `Next it asks row ${data.rows[next()]}.`}`;
    }
  }
  function fillCard() {
    const cell = data.cell(chosen);
    card.replaceChildren(make("h4", {}, `Row ${data.rows[chosen]}${chosen === next() ? ", asked next" : ""}`), drawCell(cell, { label: `the cell of row ${data.rows[chosen]}: ${cell.names.join(", ")}` }), make("p", {}, facts(chosen)), make("div", { class: "row" }, hand ? asking : null, finding));
    asking.setAttribute("aria-disabled", String(!hand || hand.done || order().includes(chosen)));
  }
  function fillLegend({ low, high }) {
    const unit = colouring === "width" ? "points" : "%";
    legend.replaceChildren(`${COLOURINGS[colouring]}: ${low.toFixed(0)} ${unit} `, make("span", { class: "bar", style: `background: linear-gradient(to right, ${shade(0)}, ${shade(1)})` }), ` ${high.toFixed(colouring === "width" ? 1 : 0)} ${unit} · rings: asked, with their answers · star: best so far${next() === null ? "" : " · cross: asked next"} · blue ring: the cell that is drawn`);
    const [first, second] = data.representations[state.representation].shares.map((share) => `${Math.round(100 * share)} %`);
    axes.textContent = `→ first and ↑ second principal direction of “${data.representations[state.representation].label}”: ${first} and ${second} of its variance; far dots are drawn nearer, and none covers another`;
  }
  function fillChart(asked) {
    const mine = hand ? "you" : `${armLabel(data, armOf(state))}: this run`;
    const short = (arm) => (arm.startsWith("gp/") ? data.representations[arm.slice(3)].label : armLabel(data, arm));
    const lines = [...Object.keys(data.runs).map((arm) => ({ label: short(arm), values: spread(arm).mean })), { label: hand ? "you" : "this run", values: bestSoFar(data, asked), own: true }];
    const at = asked.length;
    const label = `Best answer so far after ${at} questions: ${mine} ${percent(bestSoFar(data, asked).at(-1))}; on average over ${data.seeds.length} deals ${Object.keys(data.runs).map((arm) => `${armLabel(data, arm)} ${percent(spread(arm).mean[at - 1])}`).join(", ")}`;
    curve.replaceChildren(make("figure", {}, chart({ lines, band: spread("random"), at, start: data.start, questions: data.questions, low: Math.min(spread("random").low[data.start - 1] - 2, lines.at(-1).values[data.start - 1] - 1), high: scale[1] + 0.5, width: Math.max(root.clientWidth - 16, 300), label }),
      make("figcaption", {}, `In full: ${hand ? "you" : "this run"}. In grey: the mean of each method over ${data.seeds.length} deals; those named after a representation are Gaussian processes. Grey field: where the middle eight of ten runs of random search lie.`)));
  }
  function render() {
    const asked = order();
    const best = handedOver(data, asked);
    watching.setAttribute("aria-pressed", String(!hand));
    byHand.setAttribute("aria-pressed", String(Boolean(hand)));
    [methods.hidden, steps.hidden, budgets.hidden, again.hidden] = [hand, hand, !hand, !hand].map(Boolean);
    about.textContent = hand ? `Every dot is a cell. Find one with a high accuracy: choose a dot, press Ask, and look where good ones lie. ${data.start} cells are dealt to you, the same as to every method.`
      : `Every dot is one of ${data.rows.length.toLocaleString("en")} cells; alike cells lie close. Press Play: the method asks one cell after the other for its accuracy.`;
    [method.value, representation.value, deal.value, slider.value] = [state.method, state.representation, state.deal, state.question];
    counter.textContent = `Question ${state.question} of ${data.questions}`;
    colours.replaceChildren(...options(colourings().map((name) => [name, COLOURINGS[name]])));
    colours.value = colouring;
    const coloured = fills();
    const answered = (dot) => (colouring === "width" ? coloured.fills[dot] : shade((data.answers[dot] - coloured.low) / (coloured.high - coloured.low)));
    const marks = [...asked.map((dot) => ({ dot, shape: "ring", fill: answered(dot) })), { dot: best, shape: "star" }, ...(next() === null ? [] : [{ dot: next(), shape: "cross" }])];
    map.draw({ places: data.places[state.representation], fills: coloured.fills, marks, chosen });
    fillLegend(coloured);
    fillCard();
    fillStatus(asked);
    fillChart(asked);
    below.replaceChildren(...(hand?.done ? [verdictView(data, asked, state.deal, hand.aided), again] : []));
  }

  root.append(make("div", { class: "row modes" }, watching, byHand, button("Reset", reset)), about,
    make("div", { class: "row" }, methods, labelled(representation), labelled(deal), budgets, labelled(colours)), steps, status,
    make("div", { class: "main" }, make("div", {}, map.element, axes, legend), card), alert, below, curve);
  const themes = new MutationObserver(unasked(render));
  themes.observe(root, { attributes: true, attributeFilter: ["class"] });
  let drawn = 0;
  const sizes = new ResizeObserver(unasked(() => { if (root.clientWidth !== drawn) { drawn = root.clientWidth; map.draw(); fillChart(order()); } }));
  change({});
  if (start) guarded(() => { set(start); home = state; })();
  sizes.observe(root);
  return { get: () => stateText(state), set: guarded(set), problems, close: () => { stop(); themes.disconnect(); sizes.disconnect(); close(); } };
}

// --- JupyterLab and Colab, through anywidget -----------------------------------------------------

export default {
  render({ model, el }) {
    const send = (name, value) => { model.set(name, value); model.save_changes(); };
    const replay = mount(el, model.get("record"), { state: model.get("state"), onState: (text) => send("state", text), onPicks: (rows) => send("picks", rows), onError: (text) => send("errors", [...model.get("errors"), text]) });
    const follow = () => model.get("state") !== replay.get() && replay.set(model.get("state"));
    model.on("change:state", follow);
    return () => { model.off("change:state", follow); replay.close(); };
  },
};
