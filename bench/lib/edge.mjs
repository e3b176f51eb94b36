// What stands between a browser and every system that is measured in it: a server that compresses, as
// any edge does, and passes on what it does not have itself. The same for all, so none has an advantage
// of its server's.
import { createServer, request as ask } from "node:http";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";

/**
 * @typedef {object} Served
 * @property {string} type
 * @property {string | Buffer} body
 *
 * @typedef {object} Edge
 * @property {string} origin
 * @property {(path: string, served: Served) => string} serve returns the address
 * @property {{ path: string, body: Buffer }[]} sent every answer so far, before it was compressed
 * @property {() => Promise<void>} stop
 */

/**
 * @param {string} host "localhost" and "127.0.0.1" are different sites
 * @param {string} [behind] the origin of a Worker, whose answers are passed on
 * @returns {Promise<Edge>}
 */
export async function startEdge(host, behind) {
  /** @type {Map<string, Served>} */
  const files = new Map();
  /** @type {Edge["sent"]} */
  const sent = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const answer = (/** @type {Buffer} */ body) => {
      sent.push({ path, body });
      response.setHeader("content-encoding", "gzip");
      response.setHeader("vary", "accept-encoding");
      response.end(gzipSync(body, { level: 6 }));
    };
    const served = files.get(path);
    if (served) {
      response.setHeader("content-type", served.type);
      response.setHeader("access-control-allow-origin", "*");
      return answer(Buffer.from(served.body));
    }
    if (!behind) return void response.writeHead(404).end();
    const headers = { ...request.headers, "accept-encoding": "identity" };
    const asked = ask(behind + path, { method: request.method, headers }, async (passed) => {
      const { "content-length": _, "transfer-encoding": __, ...others } = passed.headers;
      for (const [name, value] of Object.entries(others)) response.setHeader(name, value ?? "");
      response.statusCode = passed.statusCode ?? 502;
      answer(await buffer(passed));
    });
    asked.on("error", () => response.writeHead(502).end());
    request.pipe(asked);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const origin = `http://${host}:${port}`;
  return {
    origin,
    sent,
    serve(path, served) {
      files.set(path, served);
      return origin + path;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
