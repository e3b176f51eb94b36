// Chance that a seed decides: the same seed makes the same choices on every machine.

/**
 * @typedef {object} Chance
 * @property {() => number} next from 0 to below 1
 * @property {(below: number) => number} below a whole number from 0
 * @property {(from: number, to: number) => number} between a whole number, both ends included
 * @property {(share: number) => boolean} happens true in this share of all calls
 * @property {<T>(list: readonly T[]) => T} one a member of a list
 * @property {<T extends string>(weights: Record<T, number>) => T} weighed a name, as often as it weighs
 */

/**
 * Mulberry32: 32 bits of state are enough to choose steps, and nothing here is secret.
 * @param {number} seed
 * @returns {Chance}
 */
export function chance(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (/** @type {number} */ end) => Math.floor(next() * end);
  return {
    next,
    below,
    between: (from, to) => from + below(to - from + 1),
    happens: (share) => next() < share,
    one: (list) => list[below(list.length)],
    weighed(weights) {
      const names = /** @type {(keyof typeof weights)[]} */ (Object.keys(weights));
      let left = next() * names.reduce((sum, name) => sum + weights[name], 0);
      return names.find((name) => (left -= weights[name]) < 0) ?? names[names.length - 1];
    },
  };
}

/**
 * The seed of a part: another one for each number, and none that lies beside that of another.
 * @param {number} seed
 * @param {number} number
 */
export const derived = (seed, number) =>
  Math.floor(
    chance((Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)) >>> 0).next() *
      2 ** 32,
  );
