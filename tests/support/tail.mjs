// What the platform knows of each invocation of a Worker beside the lines that were written in it: a
// tail Worker behind it, as Workers Logs and `wrangler tail` stand there in production.

const name = "tail";

const source = `
export default {
  async tail(invocations, { KEEP }) {
    for (const { event, logs, entrypoint = null } of invocations) {
      const { url: address = null, headers: { "sec-purpose": purpose } = {} } = event?.request ?? {};
      const lines = logs.flatMap(({ message }) => message);
      const kept = { address, entrypoint, purpose, status: event?.response?.status, lines };
      await KEEP.fetch("http://keep/", { method: "POST", body: JSON.stringify(kept) });
    }
  },
};`;

/**
 * Workers for Miniflare, and one more that is told of each of their invocations.
 * @param {any[]} workers
 * @param {(text: string) => void} keep takes each as a line of JSON: the address of the request, or
 *   null, the class that took it, or null for the Worker itself, its Sec-Purpose and the status of the
 *   answer if there are such, and the lines that were written
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
