// What the command line says.
import { parseArgs } from "node:util";
import { Failure, usage } from "./words.js";

/** Where development servers of shops usually listen; a merchant has at most 10 origins. */
const usualPorts = [3000, 3001, 4173, 4200, 4321, 5000, 5173, 8000, 8080, 8788];

/**
 * @typedef {object} Options
 * @property {number} port
 * @property {string[]} origins whose pages may show the form
 * @property {string | undefined} events the address that events are posted to
 * @property {string} state the folder that everything is kept in
 * @property {boolean} verbose prints the Worker's log
 * @property {boolean} secrets
 * @property {boolean} help
 * @property {boolean} version
 */

/** @param {string[]} args @returns {Options} */
export function readOptions(args) {
  const { port, origin, ...others } = parsed(args);
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    throw new Failure(`--port must be a number from 1 to 65535, not ${port}.`);
  }
  const usual = usualPorts.map((usual) => `http://localhost:${usual}`);
  return { ...others, events: others.events, port: Number(port), origins: origin ?? usual };
}

/** @param {string[]} args */
function parsed(args) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: "string", default: "8787" },
        origin: { type: "string", multiple: true },
        events: { type: "string" },
        state: { type: "string", default: ".warifu-sandbox" },
        verbose: { type: "boolean", default: false },
        secrets: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
        version: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new Failure(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  }
}
