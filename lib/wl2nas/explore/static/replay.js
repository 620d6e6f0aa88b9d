// The search replay: watch a method ask one cell after the other, or search by hand against it.
//
// One module, two hosts: anywidget calls `render` (JupyterLab, Colab), a plain page calls `mount`.

import { InputError } from "./graphs.js";
import { frame, make } from "./parts.js";
import { cardView } from "./replay_card.js";
import { chart } from "./replay_chart.js";
import { COLOURINGS, colouringsOf, coloursOf, legendOf } from "./replay_colours.js";
import { bestSoFar, handedOver, spreadOfRuns } from "./replay_counts.js";
import { armLabel, armOf, firstState, percent, readRecord, stateOf, stateText } from "./replay_data.js";
import { believer } from "./replay_model.js";
import { player } from "./replay_player.js";
import { STYLE } from "./replay_style.js";
import { verdictView } from "./replay_verdict.js";
import { scatter } from "./scatter.js";

const BUDGETS = [20, 30]; // questions of a game, besides all that the record has
const USUAL = 30;

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
  const quiet = (action) => () => { try { action(); } catch (error) { guarded(() => { throw error; })(); } };
  root.append(alert); // where a record cannot be read, nothing else
  const data = guarded(readRecord)(record);
  if (!data) return { get: () => "", set: () => {}, problems, close };

  let [state, home] = [firstState(data), firstState(data)];
  let hand = null; // {budget, own: [places], aided, over} while the reader searches
  let [colouring, chosen] = ["guess", null];
  const believed = believer(data);
  const spreads = Object.fromEntries(Object.keys(data.runs).map((arm) => [arm, spreadOfRuns(data, arm)]));

  const run = () => data.runs[armOf(state)][state.deal];
  const order = () => (hand ? [...run().slice(0, data.start), ...hand.own] : run().slice(0, state.question));
  const next = () => (hand || state.question === data.questions ? null : run()[state.question]);
  const model = () => believed(order(), state.representation);
  const hasModel = () => (hand ? hand.aided : state.method === "gp");
  const colourings = () => colouringsOf({ byHand: hand !== null, over: hand?.over, model: hasModel() });

  // --- changes ---------------------------------------------------------------------------------

  const change = (given) => {
    state = { ...state, ...given };
    if (!colourings().includes(colouring)) colouring = colourings()[0];
    chosen = next() ?? handedOver(data, order());
    render();
    onState(stateText(state));
  };
  const watch = () => { steps.stop(); hand = null; colouring = "guess"; change({}); };
  const game = () => {
    steps.stop();
    hand = { budget: Number(budget.value), own: [], aided: false, over: false };
    colouring = "answers";
    onPicks([]);
    change({});
  };
  const ask = () => {
    if (hand.over || order().includes(chosen)) {
      status.textContent = hand.over ? "No question is left; start a new game." : `Row ${data.rows[chosen]} was asked already; choose another dot.`;
      return;
    }
    hand.own.push(chosen);
    hand.over = order().length === hand.budget;
    onPicks(hand.own.map((place) => data.rows[place]));
    render();
    if (hand.over) verdict.scrollIntoView({ block: "nearest" });
  };
  const choose = (place) => { chosen = place; render(); };
  const find = (text) => {
    const place = data.rows.findIndex((row) => String(row) === text.trim());
    if (place < 0) throw new InputError(`the table does not hold row ${text.trim().slice(0, 20) || "(nothing typed)"}`);
    choose(place);
  };
  const colourBy = (name) => {
    colouring = name;
    if (hand && !hand.over) hand.aided ||= name !== "answers";
    render();
  };
  const deal = (text) => {
    steps.stop();
    const given = stateOf(stateText({ ...state, deal: text.trim() }), data).deal;
    if (hand) { state.deal = given; game(); } else change({ deal: given });
  };
  const reset = () => { steps.stop(); hand = null; [colouring, budget.value] = ["guess", usual]; change(home); };
  const set = (text) => { steps.stop(); hand = null; change(stateOf(text, data)); };

  // --- controls --------------------------------------------------------------------------------

  const button = (text, action, attributes = {}) => make("button", { type: "button", ...attributes, onclick: guarded((event) => event.currentTarget.getAttribute("aria-disabled") !== "true" && action()) }, text);
  const options = (pairs) => pairs.map(([value, text]) => make("option", { value }, text));
  const select = (name, pairs, action) => make("select", { "aria-label": name, onchange: guarded((event) => action(event.target.value)) }, ...options(pairs));
  const field = (name, action) => make("input", { type: "text", inputmode: "numeric", class: "number", "aria-label": name, onchange: guarded((event) => action(event.target.value)) });
  const labelled = (control, text = control.getAttribute("aria-label")) => make("label", {}, text, control);

  const [watching, byHand] = [button("Watch a method", watch), button("Search by hand", game)];
  const method = select("Method", Object.entries(data.methods), (name) => { steps.stop(); change({ method: name }); });
  const methods = labelled(method);
  const representation = select("Representation", Object.entries(data.representations).map(([name, { label }]) => [name, label]), (name) => change({ representation: name }));
  const dealField = field("Deal", deal);
  const budgetList = [...BUDGETS.filter((q) => q > data.start && q < data.questions), data.questions];
  const usual = budgetList.includes(USUAL) ? USUAL : data.questions;
  const budget = select("Questions", budgetList.map((q) => [q, `${q}, ${data.start} of them dealt`]), game);
  budget.value = usual;
  const budgets = labelled(budget);
  const colours = select("Colour", [], colourBy);
  const steps = player(data.start, data.questions, guarded, quiet, (question) => change({ question }));
  const asking = button("Ask this cell", ask, { class: "main-action" });
  const left = make("strong", {});
  const asks = make("div", { class: "row" }, asking, left);
  const again = button("New game, next deal", () => { state.deal = (state.deal + 1) % data.seeds.length; game(); });

  // --- the page --------------------------------------------------------------------------------

  const map = scatter(`map of ${data.rows.length} cells: arrow keys choose a dot, Space the next one on the same spot, Enter asks it`, guarded, { onChoose: choose, onEnter: () => hand && ask() });
  const card = cardView(data, labelled(field("Another row", find)));
  const [about, legend, axes] = [make("p", {}), make("p", { class: "legend" }), make("p", { class: "legend" })];
  const verdict = make("section", { class: "verdict", "aria-label": "the verdict" });
  const curve = make("figure", {});

  function fillWords(asked) {
    about.textContent = hand
      ? `Every dot is a cell. Find one with a high accuracy: choose a dot, press Ask, and look where good ones lie. ${data.start} cells are dealt to you, the same as to every method.`
      : `Every dot is one of ${data.rows.length.toLocaleString("en")} cells; alike cells lie close. Press Play: the method asks one cell after the other for its accuracy.`;
    const best = handedOver(data, asked);
    const found = `best so far ${percent(data.answers[best])}, at question ${asked.indexOf(best) + 1}`;
    const last = `row ${data.rows[asked.at(-1)]} answers ${percent(data.answers[asked.at(-1)])}`;
    const dealt = asked.length === data.start;
    if (hand) status.textContent = `${dealt ? `Your first ${data.start} are dealt` : `You asked: ${last}`}; ${found}.${hand.over ? " Your questions are spent." : ""}`;
    else status.textContent = `${dealt ? `${data.start} cells are dealt` : `Question ${state.question}: ${last}`}; ${found}. ${next() === null ? "The budget is spent." : `Next it asks row ${data.rows[next()]}.`}`;
    left.textContent = hand ? `${hand.budget - asked.length} of ${hand.budget - data.start} questions left` : "";
  }
  function fillControls(asked) {
    watching.setAttribute("aria-pressed", String(!hand));
    byHand.setAttribute("aria-pressed", String(hand !== null));
    [methods.hidden, steps.element.hidden] = [hand !== null, hand !== null];
    [budgets.hidden, asks.hidden, verdict.hidden] = [!hand, !hand, !hand?.over];
    [method.value, representation.value, dealField.value] = [state.method, state.representation, state.deal];
    steps.show(state.question);
    colours.replaceChildren(...options(colourings().map((name) => [name, COLOURINGS[name]])));
    colours.value = colouring;
    asking.setAttribute("aria-disabled", String(!hand || hand.over || asked.includes(chosen)));
  }
  function fillMap(asked) {
    const dark = root.classList.contains("wl-dark");
    const shown = coloursOf(data, colouring, asked, model, dark);
    const marks = [...asked.map((dot) => ({ dot, shape: "ring", fill: shown.answered(dot) })), { dot: handedOver(data, asked), shape: "star" }, ...(next() === null ? [] : [{ dot: next(), shape: "cross" }])];
    const { label, shares } = data.representations[state.representation];
    map.draw({ places: data.places[state.representation], fills: shown.fills, marks, chosen });
    legend.replaceChildren(...legendOf(colouring, shown, dark, next() !== null));
    axes.textContent = `→ first and ↑ second principal direction of “${label}”: ${shares.map((share) => `${Math.round(100 * share)} %`).join(" and ")} of its variance. Far dots are drawn nearer, and none covers another.`;
  }
  function fillChart(asked) {
    const short = (arm) => (arm.startsWith("gp/") ? data.representations[arm.slice(3)].label : armLabel(data, arm));
    const arms = Object.keys(data.runs);
    const own = { label: hand ? "you" : "this run", values: bestSoFar(data, asked) };
    const lines = arms.map((arm) => ({ label: short(arm), values: spreads[arm].mean, strong: !hand && arm === armOf(state) }));
    const text = `Best answer so far after ${asked.length} questions: ${hand ? "you" : `this run of ${armLabel(data, armOf(state))}`} ${percent(own.values.at(-1))}; on average over ${data.seeds.length} deals ${arms.map((arm) => `${armLabel(data, arm)} ${percent(spreads[arm].mean[asked.length - 1])}`).join(", ")}`;
    curve.replaceChildren(chart({ lines, own, band: spreads.random, start: data.start, questions: hand ? hand.budget : data.questions, width: Math.max(curve.clientWidth, 280), text }),
      make("figcaption", {}, `Lines: the mean of each method over ${data.seeds.length} deals; those named after a representation are Gaussian processes. Grey field: the middle eight of ten runs of random search.`));
  }
  function render() {
    const asked = order();
    fillControls(asked);
    fillWords(asked);
    fillMap(asked);
    card.show(chosen, { asked, next: next(), believed: hasModel() ? model() : null, revealed: colouring === "all", aloud: hand !== null });
    fillChart(asked);
    verdict.replaceChildren(...(hand?.over ? [...verdictView(data, asked, state.deal, hand.aided), make("div", { class: "row" }, again)] : []));
  }

  root.append(make("div", { class: "row modes" }, watching, byHand, button("Reset", reset)), about,
    make("div", { class: "row choosers" }, methods, labelled(representation), labelled(dealField, `Deal, 0 to ${data.seeds.length - 1}`), budgets, labelled(colours)),
    steps.element, asks, status, alert, verdict,
    make("div", { class: "main" }, make("div", {}, map.element, legend), make("div", { class: "side" }, card.element, curve)), axes);
  const themes = new MutationObserver(quiet(render));
  themes.observe(root, { attributes: true, attributeFilter: ["class"] });
  let drawn = 0;
  const sizes = new ResizeObserver(quiet(() => { if (root.clientWidth !== drawn) { drawn = root.clientWidth; map.draw(); fillChart(order()); } }));
  change({});
  if (start) guarded(() => { set(start); home = state; })();
  sizes.observe(root);
  return { get: () => stateText(state), set: guarded(set), problems, close: () => { steps.stop(); themes.disconnect(); sizes.disconnect(); close(); } };
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
