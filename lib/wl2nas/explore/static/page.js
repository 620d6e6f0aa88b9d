// What every plain page of an explorer does: embedded it has no title, and its state is in its address.

document.body.classList.toggle("embed", new URLSearchParams(location.search).get("embed") === "1");

/** The state in the address, "" if that names a part of the page. It may arrive with % in place of = and ;, and may be broken. */
export function stateInAddress() {
  const text = location.hash.slice(1);
  if (document.getElementById(text)) return "";
  try { return decodeURIComponent(text); } catch { return text; }
}

/** Put a state into the address; the way back stays what it was. */
export const keepState = (state) => history.replaceState(null, "", "#" + state);

/** Let an explorer {get, set} follow when the reader writes or opens another address. */
export function followAddress(explorer) {
  window.addEventListener("hashchange", () => stateInAddress() && stateInAddress() !== explorer.get() && explorer.set(stateInAddress()));
}

/** What a page loads, as JSON; where it is not there, `place` says so, and the error stops the page. */
export async function loaded(file, place) {
  try {
    const answer = await fetch(file);
    if (!answer.ok) throw new Error(`${answer.status}`);
    return await answer.json();
  } catch (error) {
    place.replaceChildren(Object.assign(document.createElement("p"), { role: "alert", textContent: `What this page shows was not loaded (${file}: ${error.message}). Load the page again.` }));
    throw error;
  }
}
