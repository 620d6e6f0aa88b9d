// How a page asks: waiting is seen, and of a reader in a hurry only the newest question counts.

const PATIENCE = 150; // milliseconds before a page says that it waits

/** Show that the page waits, while it does: `root` is busy to screen readers, and `sign` says `words`. */
export function waiter(root, sign, words = "working …") {
  let open = 0;
  let timer = null;
  const rest = () => { clearTimeout(timer); sign.textContent = ""; root.removeAttribute("aria-busy"); };
  return {
    begin() {
      open += 1;
      root.setAttribute("aria-busy", "true");
      clearTimeout(timer);
      timer = setTimeout(() => { sign.textContent = words; }, PATIENCE);
    },
    end() { open = Math.max(0, open - 1); if (open === 0) rest(); },
    stop() { open = 0; rest(); },
  };
}

/** `ask`, one question at a time: a promise of the answer, or of null if a newer question came. */
export function newest(ask, wait) {
  let asked = 0;
  let before = Promise.resolve();
  return (question) => {
    const number = ++asked;
    wait.begin();
    const answer = before.then(() => (number === asked ? ask(question) : null));
    before = answer.catch(() => null);
    return answer.then((said) => (number === asked ? said : null)).finally(() => wait.end());
  };
}
