// How a page asks, with a reader in a hurry: only the newest question counts, and waiting is seen.

const PATIENCE = 150; // milliseconds before a page says that it waits

/**
 * `ask`, one question at a time: a promise of the answer, or of null if a newer question came.
 *
 * While there is no answer `root` is busy to screen readers, and `sign` says `words`.
 */
export function newest(ask, root, sign, words) {
  let asked = 0;
  let timer = null;
  let before = Promise.resolve();
  const rest = () => { clearTimeout(timer); sign.textContent = ""; root.removeAttribute("aria-busy"); };
  return (question) => {
    const number = ++asked;
    clearTimeout(timer);
    timer = setTimeout(() => { sign.textContent = words; }, PATIENCE);
    root.setAttribute("aria-busy", "true");
    const answer = before.then(() => (number === asked ? ask(question) : null));
    before = answer.catch(() => null);
    return answer.then((said) => (number === asked ? said : null)).finally(() => { if (number === asked) rest(); });
  };
}
