// What the parts of a map share: they ask Python to do something, and hear what has changed.

import { InputError } from "./graphs.js";

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
