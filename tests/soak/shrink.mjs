// The smallest part of a plan that still fails: delta debugging, first over flows and then over the faults
// of the world. A run is repeated with parts, and chance is in it: what once did not fail is kept.

/**
 * @template T
 * @typedef {(part: T[]) => Promise<boolean>} Fails whether a part fails
 */

/**
 * Zeller and Hildebrandt's ddmin. The whole is taken to fail.
 * @template T
 * @param {T[]} whole
 * @param {Fails<T>} fails
 * @param {() => boolean} [mayGoOn] whether another run may be made
 * @returns {Promise<T[]>}
 */
export async function smallest(whole, fails, mayGoOn = () => true) {
  let [now, parts] = [whole, 2];
  while (now.length >= 2 && mayGoOn()) {
    const size = Math.ceil(now.length / parts);
    const chunks = Array.from({ length: Math.ceil(now.length / size) }, (_, n) =>
      now.slice(n * size, (n + 1) * size),
    );
    const rests =
      parts === 2 ? [] : chunks.map((chunk) => now.filter((one) => !chunk.includes(one)));
    let found;
    for (const [index, part] of [...chunks, ...rests].entries()) {
      if (!mayGoOn()) return now;
      if (!(await fails(part))) continue;
      found = { part, isRest: index >= chunks.length };
      break;
    }
    if (found) [now, parts] = [found.part, found.isRest ? Math.max(parts - 1, 2) : 2];
    else if (parts >= now.length) return now;
    else parts = Math.min(now.length, parts * 2);
  }
  return now;
}

/**
 * @typedef {import("./plan.mjs").Plan} Plan
 *
 * @typedef {object} Bounds
 * @property {number} runs
 * @property {number} milliseconds
 */

/**
 * @param {Plan} plan that failed
 * @param {number[]} concerned the numbers of the flows that the violation is about
 * @param {(part: Plan) => Promise<boolean>} fails
 * @param {Bounds} [bounds]
 * @returns {Promise<{ plan: Plan, runs: number }>}
 */
export async function shrunk(plan, concerned, fails, bounds = { runs: 24, milliseconds: 600_000 }) {
  const begun = performance.now();
  let runs = 0;
  const mayGoOn = () => runs < bounds.runs && performance.now() - begun < bounds.milliseconds;
  const counted = (/** @type {Plan} */ part) => (runs++, fails(part));
  const faultsOf = (/** @type {import("./plan.mjs").Flow[]} */ flows) =>
    plan.faults.filter((fault) => flows.some(({ n }) => n === fault.flow));
  /** @param {import("./plan.mjs").Flow[]} flows */
  const only = (flows) => ({ ...plan, flows, faults: faultsOf(flows) });

  // Most often the flow alone is enough, or those that were under way with it.
  let flows = plan.flows;
  for (const near of [0, 8]) {
    const part = plan.flows.filter(({ n }) => concerned.some((one) => Math.abs(one - n) <= near));
    if (part.length === 0 || part.length === flows.length || !mayGoOn()) continue;
    if (!(await counted(only(part)))) continue;
    flows = part;
    break;
  }
  flows = await smallest(flows, (part) => counted(only(part)), mayGoOn);
  let faults = faultsOf(flows);
  if (faults.length > 0 && mayGoOn()) {
    const without = await counted({ ...plan, flows, faults: [] });
    const fewer = (/** @type {Plan["faults"]} */ part) => counted({ ...plan, flows, faults: part });
    faults = without ? [] : await smallest(faults, fewer, mayGoOn);
  }
  return { plan: { ...plan, flows, faults }, runs };
}
