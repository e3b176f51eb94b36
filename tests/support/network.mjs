// The network between browsers and a Worker: it can lose or hold answers that the Worker has given, and
// be away.
import { createServer, request as pass } from "node:http";
import { after } from "node:test";

/**
 * @typedef {object} Loss answers to posts that nobody gets
 * @property {() => number} count how many were lost so far
 * @property {() => void} end from now on answers arrive again
 *
 * @typedef {Awaited<ReturnType<typeof startNetwork>>} Network
 */

/**
 * An address that leads to a Worker. Whoever asks there is the Worker's caller in everything: the host
 * that they asked for is passed on.
 * @param {{ origin: string }} worker
 */
export async function startNetwork(worker) {
  let away = false;
  let refused = 0;
  let clock = 0;
  /** @type {Map<string, number>} */
  const asked = new Map();
  /** @type {Set<{ action: string, left: number, count: number }>} */
  const losses = new Set();
  /** @type {Map<string, { held: Promise<void>, letGo: () => void }>} */
  const holds = new Map();

  const server = createServer(async (request, response) => {
    const { method = "", url = "", headers } = request;
    const action = `${method} ${url.split("?")[0].split("/").at(-1)}`;
    asked.set(action, (asked.get(action) ?? 0) + 1);
    // Scripts are written to, so they come as they are.
    delete headers["accept-encoding"];
    const upstream = pass(worker.origin + url, { method, headers }, async (answer) => {
      const parts = await answer.toArray();
      const loss = [...losses].find((one) => one.action === action && one.left > 0);
      if (loss) {
        loss.left--;
        loss.count++;
      }
      await holds.get(action)?.held;
      if (loss || away) return void request.socket.destroy();
      const isScript = /\bjavascript\b/.test(answer.headers["content-type"] ?? "");
      const body = Buffer.concat(clock && isScript ? [Buffer.from(wrong(clock)), ...parts] : parts);
      const { "content-length": _, ...others } = answer.headers;
      response.writeHead(answer.statusCode ?? 502, { ...others, "content-length": body.length });
      response.end(body);
    });
    // The Worker was killed, or whoever asked has gone.
    upstream.on("error", () => request.socket.destroy());
    request.pipe(upstream);
  });
  server.on("connection", (socket) => {
    if (!away) return;
    refused++;
    socket.destroy();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());

  return {
    origin: `http://localhost:${port}`,

    /** How many requests of this action reached the Worker, such as "POST verify". @param {string} action */
    asked: (action) => asked.get(action) ?? 0,

    /**
     * Loses the answers to the next requests of an action, once the Worker has given them.
     * @param {string} action such as "POST verify"
     * @param {number} [times] all that come, unless said
     * @returns {Loss}
     */
    lose(action, times = Infinity) {
      const loss = { action, left: times, count: 0 };
      losses.add(loss);
      return { count: () => loss.count, end: () => void losses.delete(loss) };
    },

    /**
     * Holds the answers to requests of an action.
     * @param {string} action such as "GET delivery"
     * @returns {() => void} lets them go, and holds no other
     */
    hold(action) {
      let end = () => {};
      const held = new Promise((resolve) => (end = () => resolve(undefined)));
      const letGo = () => {
        holds.delete(action);
        end();
      };
      holds.set(action, { held, letGo });
      return letGo;
    },

    /**
     * Has our scripts run on devices whose clock is wrong: they see it put forward.
     * @param {number} seconds 0 for the right one
     */
    setClock(seconds) {
      clock = seconds;
    },

    /** Ends every connection and takes no other: nothing reaches the Worker. */
    goAway() {
      away = true;
      server.closeAllConnections();
    },

    comeBack() {
      away = false;
    },

    /** How many connections it refused while it was away. */
    refused: () => refused,

    /** Has everything arrive as it should again, whatever a test left. */
    mend() {
      away = false;
      clock = 0;
      losses.clear();
      for (const { letGo } of [...holds.values()]) letGo();
    },
  };
}

/** Puts the clock of the document in which it runs forward, once. @param {number} seconds */
const wrong = (seconds) => `
if (!Date.wrong) {
  globalThis.Date = class extends Date {
    static wrong = true;
    static now() {
      return super.now() + ${1000 * seconds};
    }
    constructor(...given) {
      super(...(given.length ? given : [Date.now()]));
    }
  };
}
`;
