// Where the ticks of an axis and the names of lines stand.

/** Round numbers (1, 2 or 5 times a power of ten) within two ends, at most so many (two or more). */
export function roundTicks([low, high], most) {
  const power = 10 ** Math.floor(Math.log10((high - low) / most));
  const multiples = (step) => {
    const [first, last] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
    return Array.from({ length: last - first + 1 }, (_, k) => Number(((first + k) * step).toPrecision(12)));
  };
  return [1, 2, 5, 10, 20].map((k) => multiples(k * power)).find((found) => found.length <= most);
}

/** Powers of ten within two ends, at most so many. */
export function powerTicks([low, high], most) {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const step = Math.max(1, Math.ceil((last - first) / Math.max(most - 1, 1)));
  const found = [];
  for (let k = first; k <= last; k += step) found.push(Number(`1e${k}`));
  return found;
}

/** Places as near as possible to the wanted ones, `gap` apart and within two ends. */
export function apart(wanted, gap, [low, high]) {
  const order = wanted.map((place, k) => [place, k]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, k]) => k);
  const placed = [...wanted];
  let free = low;
  for (const k of order) { placed[k] = Math.max(placed[k], free); free = placed[k] + gap; }
  free = high;
  for (const k of order.reverse()) { placed[k] = Math.min(placed[k], free); free = placed[k] - gap; }
  return placed;
}
