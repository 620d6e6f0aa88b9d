// What the parts of a map share: they ask Python to do something, and show that they wait.

import { InputError } from "./graphs.js";

const PATIENCE = 150; // milliseconds before a page says that it works

/** Show that the page waits, while it does; `root` is busy to screen readers as well. */
export function waiter(root, sign) {
  let open = 0;
  let timer = null;
  const rest = () => { clearTimeout(timer); sign.textContent = ""; root.removeAttribute("aria-busy"); };
  return {
    begin() {
      open += 1;
      root.setAttribute("aria-busy", "true");
      clearTimeout(timer);
      timer = setTimeout(() => { sign.textContent = "working …"; }, PATIENCE);
    },
    end() { open = Math.max(0, open - 1); if (open === 0) rest(); },
    stop() { open = 0; rest(); },
  };
}

/** A function that asks Python to do something: `act("rule", text)`. A refusal is the reader's to mend. */
export function actor(ask, wait) {
  return async (what, ...given) => {
    wait.begin();
    try {
      const { refused } = await ask({ do: what, given });
      if (refused) throw new InputError(refused);
    } finally {
      wait.end();
    }
  };
}

/** Hear of an event of a model; returns a function that stops it. */
export function on(model, event, handler) {
  model.on(event, handler);
  return () => model.off(event, handler);
}
