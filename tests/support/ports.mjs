// Ports that no two processes of the tests can be given at the same time.
import { createServer } from "node:net";

/** Below those that the system gives to outgoing connections, of which the tests make thousands. */
const first = 15_000;
const last = 31_998;

/** Those that are given out here, with the server that holds each. Only to be referred to. */
const claims = new Map();

/**
 * A free port for as long as this process lives, to be listened on and listened on again. It is an
 * even one: the odd one above is listened on by this process, so that no other test process gets it.
 * @returns {Promise<number>}
 */
export async function quietPort() {
  const spread = (last - first) / 2;
  for (let step = 0, from = process.pid % spread; step < spread; step++) {
    const port = first + 2 * ((from + step) % spread);
    if (claims.has(port)) continue;
    const claim = await listening(port + 1);
    if (!claim) continue;
    const trial = await listening(port);
    if (!trial) {
      claim.close();
      continue;
    }
    await new Promise((resolve) => trial.close(resolve));
    claims.set(port, claim.unref());
    return port;
  }
  throw new Error(`no port from ${first} to ${last} is free`);
}

/**
 * @param {number} port
 * @returns {Promise<import("node:net").Server | undefined>} none when it is taken
 */
function listening(port) {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen(port, "localhost", () => resolve(server));
  });
}
