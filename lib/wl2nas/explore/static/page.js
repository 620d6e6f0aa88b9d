// What every plain page of an explorer does: embedded it has no title, and its state is in its address.

document.body.classList.toggle("embed", new URLSearchParams(location.search).get("embed") === "1");

/** The state in the address. It may arrive with % in place of = and ;, and may be broken. */
export function stateInAddress() {
  const text = location.hash.slice(1);
  try { return decodeURIComponent(text); } catch { return text; }
}

/** Put a state into the address; the way back stays what it was. */
export const keepState = (state) => history.replaceState(null, "", "#" + state);

/** Let an explorer {get, set} follow when the reader writes or opens another address. */
export function followAddress(explorer) {
  window.addEventListener("hashchange", () => stateInAddress() && stateInAddress() !== explorer.get() && explorer.set(stateInAddress()));
}
