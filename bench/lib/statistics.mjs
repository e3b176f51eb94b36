// Medians, quartiles and percentiles, and the rows of figures that every measure answers.

/**
 * One figure of one system: the median and the quartiles of its values, one a round.
 * @typedef {object} Row
 * @property {string} measure
 * @property {string} system
 * @property {string} [part] of the system or of its load, such as a step
 * @property {string} figure
 * @property {string} unit
 * @property {number} median
 * @property {number} q1
 * @property {number} q3
 * @property {number} n how many values
 */

/**
 * The value below which a share of the values is, between two of them where it falls between.
 * @param {number[]} values
 * @param {number} share from 0 to 1
 */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const low = sorted[below] ?? NaN;
  const high = sorted[Math.ceil(place)] ?? NaN;
  return low + (high - low) * (place - below);
}

/** @param {number[]} values */
export const median = (values) => quantile(values, 0.5);

/** @param {number[]} values */
export const p95 = (values) => quantile(values, 0.95);

/**
 * Gathers the values of a measure round by round, and makes rows of them, in the order in which they
 * came first.
 * @param {string} measure
 */
export function gather(measure) {
  /** @type {Map<string, Pick<Row, "system" | "part" | "figure" | "unit"> & { values: number[] }>} */
  const gathered = new Map();
  return {
    /**
     * @param {{ system: string, part?: string }} of
     * @param {string} figure
     * @param {string} unit
     * @param {number} value
     */
    add({ system, part }, figure, unit, value) {
      const key = JSON.stringify([system, part, figure, unit]);
      const entry = gathered.get(key) ?? { system, part, figure, unit, values: [] };
      entry.values.push(value);
      gathered.set(key, entry);
    },

    /**
     * Divides the values of one system by those of another, each by that of the same round.
     * @param {{ system: string, part?: string }} of
     * @param {string} base the other system
     * @param {string} figure
     * @param {string} unit
     */
    divide({ system, part }, base, figure, unit) {
      const own = gathered.get(JSON.stringify([system, part, figure, unit]));
      const other = gathered.get(JSON.stringify([base, part, figure, unit]));
      for (const [round, value] of (own?.values ?? []).entries()) {
        const divisor = other?.values[round] ?? NaN;
        this.add({ system, part }, figure, "times this build", value / divisor);
      }
    },

    /** @returns {Row[]} */
    rows: () =>
      [...gathered.values()].map(({ system, part, figure, unit, values }) => ({
        measure,
        system,
        ...(part === undefined ? {} : { part }),
        figure,
        unit,
        median: median(values),
        q1: quantile(values, 0.25),
        q3: quantile(values, 0.75),
        n: values.length,
      })),
  };
}
