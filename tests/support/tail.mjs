// What the platform knows of each invocation of a Worker beside the lines that were written in it: a
// tail Worker behind it, as Workers Logs and `wrangler tail` stand there in production.

const name = "tail";

const source = `
export default {
  async tail(invocations, { KEEP }) {
    for (const { event, logs } of invocations) {
      const address = event?.request?.url ?? null;
      const lines = logs.flatMap(({ message }) => message);
      await KEEP.fetch("http://keep/", { method: "POST", body: JSON.stringify({ address, lines }) });
    }
  },
};`;

/**
 * Workers for Miniflare, and one more that is told of each of their invocations.
 * @param {any[]} workers
 * @param {(text: string) => void} keep takes each as a line of JSON: the address of the request, or
 *   null, and the lines that were written
 */
export function tailed(workers, keep) {
  const KEEP = async (/** @type {Request} */ request) => {
    keep(`${await request.text()}\n`);
    return new Response();
  };
  const tail = {
    name,
    compatibilityDate: workers[0].compatibilityDate,
    modules: [{ type: "ESModule", path: "tail.mjs", contents: source }],
    serviceBindings: { KEEP },
  };
  return [...workers.map((worker) => ({ ...worker, tails: [name] })), tail];
}
