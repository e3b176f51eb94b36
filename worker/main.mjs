// What wrangler uploads and runs: the Worker as it is built, with the guard around it. tsc leaves it
// out, because the build may not be there.
import { WorkerEntrypoint } from "cloudflare:workers";
import Worker, * as built from "./build/index.js";
import { guardedObject, guardedWorker } from "./guard.mjs";

export default guardedWorker(WorkerEntrypoint, Worker);
export const CardholderObject = guardedObject(built.CardholderObject);
export const DestinationObject = guardedObject(built.DestinationObject);
