// Steps of a purchase by 3-D Secure: what the directory server and the requestor's browser ask.
import { areqOf, encode, makeCReq, secretOf } from "../../support/three-ds.mjs";
import { Over, ask, holderOf, purchaseOf } from "../client.mjs";
import { present } from "./form.mjs";
import { unexpected } from "./issuer.mjs";
import { reading } from "./reading.mjs";

/** @typedef {import("../client.mjs").Context} Context */

/**
 * The directory server asks, again with the same AReq if it asked before.
 * @param {Context} context @param {Record<string, unknown>} [overrides] elements of the AReq
 */
export async function areq(context, overrides) {
  const { flow, world } = context;
  const holder = holderOf(context);
  // The newer version takes addresses of https alone, which a page of this machine does not have.
  const isLocal = overrides?.notificationURL !== undefined;
  const version = isLocal || flow.seed % 2 === 0 ? "2.2.0" : "2.3.1";
  const english = {
    browserLanguage: "en-US",
    ...(version === "2.3.1" && { acceptLanguage: ["en"] }),
  };
  const more = { acctNumber: holder.card, ...(flow.script ? {} : english), ...overrides };
  const message = context.purchase?.threeDs?.areq ?? areqOf(version, "01", more);
  const { answer, span } = await ask(context, "AReq", {
    method: "POST",
    path: "/3ds/areq",
    key: world.directoryKey,
    body: JSON.stringify(message),
    type: "application/json; charset=utf-8",
  });
  const ares = answer.body;
  if (answer.status !== 200) throw unexpected("AReq", answer);
  // An error 403 is worth a repeat; nobody opens a challenge that is over.
  if (ares.transStatus !== "C") throw new Over(`AReq: ${ares.transStatus ?? ares.errorCode}`);
  const id = `ch_${Buffer.from(ares.acsTransID.replaceAll("-", ""), "hex").toString("base64url")}`;
  const ledger = world.books.created({
    ...{ id, flow: flow.n, of: "directory", merchant: null, cardholder: holder.entry },
    ...{ app: holder.channel === "app", key: message.dsTransID, span },
  });
  // Without a browser it ends after 30 seconds.
  ledger.livesUntil = Math.min(ledger.livesUntil, span.from + 30_000);
  ledger.more.transaction = message.dsTransID;
  world.transactions.set(message.dsTransID, ledger);
  world.known(id);
  const none = { attempt: "", letter: null, response: "", key: "", body: null };
  context.purchase ??= { ledger, secret: "", ...none, threeDs: { areq: message, ares } };
}

/** The requestor's page sends the browser, which is sent on to the form. @param {Context} context */
export async function creq(context) {
  const { world } = context;
  const purchase = purchaseOf(context);
  const { ares } = purchase.threeDs ?? {};
  const { answer, span } = await ask(context, "CReq", {
    method: "POST",
    path: "/3ds/challenge",
    form: { creq: encode(makeCReq(ares, "02")) },
    headers: { origin: "https://shop.example", "sec-fetch-site": "cross-site" },
  });
  const location = answer.headers.get("location") ?? "";
  const { transStatus } = reading(answer);
  if (transStatus) world.books.results.lastPage(purchase.ledger, transStatus);
  if (answer.status !== 303) throw new Over("the challenge is not open any more");
  purchase.secret = secretOf(location);
  purchase.ledger.livesUntil = span.from + 600_000;
  await present(context);
}

/** The page that the browser ends with. @param {Context} context */
export async function lastPage(context) {
  if (purchaseOf(context).secret === "") return;
  await present(context);
}
