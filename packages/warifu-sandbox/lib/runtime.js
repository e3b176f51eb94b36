// The Worker on workerd, as it was built and packed (scripts/pack-sandbox.mjs in Warifu's repository).
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Miniflare, convertV4MiniflareOptions, Log, LogLevel } from "miniflare";
import { Failure } from "./words.js";

const built = fileURLToPath(new URL("../built", import.meta.url));

/** What the Worker is made of. The packed file has `{built}` for the folder that it is in. */
const packedWorker = () =>
  JSON.parse(readFileSync(join(built, "worker.json"), "utf8"), (_, value) =>
    typeof value === "string" && value.startsWith("{built}") ? built + value.slice(7) : value,
  );

/**
 * Starts the Worker and waits until it answers at the origin that is returned.
 * @param {import("./state.js").State} state
 * @param {import("./options.js").Options} options
 */
export async function startWorker(state, { port, verbose }) {
  await needPort(port);
  const { bindings, ...worker } = packedWorker();
  const print = (/** @type {string} */ text) => void (verbose && console.error(text));
  const workerd = new Miniflare(
    convertV4MiniflareOptions({
      host: "localhost",
      port,
      // Nothing is looked up or told anywhere.
      cf: false,
      telemetry: { enabled: false },
      logRequests: false,
      log: new (class extends Log {
        /** @override @param {string} message */
        log(message) {
          print(message);
        }
      })(LogLevel.INFO),
      handleStructuredLogs: ({ message }) => print(message),
      handleUncaughtError: (error) => console.error(error),
      resourcePersistencePath: state.objects,
      resourceTmpPath: join(state.folder, "tmp"),
      workers: [{ ...worker, bindings: { ...bindings, ...state.secrets } }],
    }),
  );
  const origin = `http://localhost:${port}`;
  try {
    await workerd.ready;
    const health = await fetch(`${origin}/healthz`);
    if (!health.ok) throw new Error(`it answers ${health.status}: ${await health.text()}`);
  } catch (error) {
    throw new Failure(
      `The Worker did not start: ${error instanceof Error ? error.message : error}`,
    );
  }
  return origin;
}

/** @param {number} port */
async function needPort(port) {
  /** @type {boolean} */
  const free = await new Promise((resolve) => {
    const server = createServer().on("error", () => resolve(false));
    server.listen(port, "localhost", () => server.close(() => resolve(true)));
  });
  if (free) return;
  throw new Failure(
    `Port ${port} is taken. End what listens there, or choose another: --port 8790.`,
  );
}
