// The server of the documents as a process of its own, as `npm start` runs it.
import { after } from "node:test";
import { startProcess } from "./example.mjs";
import { quietPort } from "./worker.mjs";

/** Starts it; it ends with the tests of the file. */
export async function startDocs() {
  const port = await quietPort();
  after(await startProcess("scripts/docs/server.mjs", { PORT: String(port) }));
  return `http://localhost:${port}`;
}
