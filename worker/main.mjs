// What wrangler uploads and runs: the Worker as it is built, with the guard around it. tsc leaves it
// out, because the build may not be there.
import { WorkerEntrypoint } from "cloudflare:workers";
import Worker, * as built from "./build/index.js";
import { guardedObject, guardedWorker } from "./guard.mjs";

export default guardedWorker(WorkerEntrypoint, Worker);

/**
 * Writes lines of the log for requests whose address is a secret. The platform can keep an
 * invocation's address beside its lines; the invocation of this class has none.
 */
export class LogWriter extends WorkerEntrypoint {
  /** @param {string} line */
  write(line) {
    console.log(line);
  }
}

export const CardholderIndexObject = guardedObject(built.CardholderIndexObject);
export const CardholderObject = guardedObject(built.CardholderObject);
export const DestinationObject = guardedObject(built.DestinationObject);
export const KnownRequestObject = guardedObject(built.KnownRequestObject);
export const SmsBudgetObject = guardedObject(built.SmsBudgetObject);
export const MerchantObject = guardedObject(built.MerchantObject);
