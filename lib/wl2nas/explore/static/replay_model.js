// What a Gaussian process on a representation makes of the answers so far, kept while they stay.

import { distancesTo, floored, posterior } from "./replay_gp.js";

/** A function of the cells that were asked and a representation: {mean, width} of all cells, in %. */
export function believer(data) {
  let [name, known] = ["", new Map()]; // distances of all cells to those that were asked
  let [key, found] = ["", null];
  return (asked, representation) => {
    if (key === `${representation} ${asked}`) return found;
    if (name !== representation) [name, known] = [representation, new Map()];
    const features = data.features(representation);
    for (const place of asked) if (!known.has(place)) known.set(place, distancesTo(features, place));
    const answers = floored(asked.map((place) => data.answers[place]));
    found = posterior(asked.map((place) => known.get(place)), asked, answers);
    key = `${representation} ${asked}`;
    return found;
  };
}
