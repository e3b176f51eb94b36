// Steps of a merchant's server: creating, reading, canceling and redeeming.
import { issuerKey, transaction } from "../../support/demo.mjs";
import { ask, holderOf, once, purchaseOf } from "../client.mjs";
import { unexpected } from "./issuer.mjs";

/**
 * @typedef {import("../client.mjs").Context} Context
 * @typedef {import("../plan.mjs").Step} Step
 */

/** @param {Context} context @param {object} [more] fields of the body */
export async function create(context, more) {
  const { flow } = context;
  const holder = holderOf(context);
  context.creates++;
  const locale = flow.script ? "ja" : "en";
  const body = {
    cardholder: holder.id,
    transaction: { ...transaction, reference: `order-${flow.n}` },
    locale,
    ...(flow.back && { return_url: "https://shop.example/back?order=1" }),
    ...more,
  };
  await created(context, `flow-${flow.n}-${context.creates}`, body);
}

/** The same again, as after an answer that was lost. @param {Context} context */
export async function createAgain(context) {
  const { key, body } = purchaseOf(context);
  await created(context, key, body);
}

/** @param {Context} context @param {string} key @param {unknown} json */
async function created(context, key, json) {
  const { flow, world, merchant } = context;
  const holder = holderOf(context);
  const headers = { "idempotency-key": key };
  const call = { key: merchant.key, json, headers };
  const request = { method: "POST", path: "/v1/challenges", ...call };
  const { answer, span } = await ask(context, "create", request);
  if (answer.status !== 201) throw unexpected("create", answer);
  const { id, client_secret: secret } = answer.body;
  const ledger = world.books.created({
    ...{ id, flow: flow.n, of: "merchant", merchant: merchant.id, cardholder: holder.entry },
    ...{ app: holder.channel === "app", key: `${merchant.id} ${holder.id} ${key}`, span },
  });
  world.known(id);
  if (context.purchase?.ledger === ledger) return;
  const none = { attempt: "", letter: null, response: "", threeDs: null };
  context.purchase = { ledger, secret, ...none, key, body: json };
}

/** How the challenge stands, for its merchant or for the issuer. @param {Context} context */
export async function read(context) {
  const { merchant } = context;
  const { ledger } = purchaseOf(context);
  const { id, of, cardholder } = ledger;
  if (of === "merchant") {
    const request = { method: "GET", path: `/v1/challenges/${id}`, key: merchant.key };
    const { answer, span } = await ask(context, "read", request);
    return stands(context, answer.status === 200 ? answer.body : null, span);
  }
  const path = `/v1/cardholders/${cardholder.id}/challenges`;
  const { answer, span } = await ask(context, "read", { method: "GET", path, key: issuerKey() });
  const all = answer.status === 200 ? answer.body.challenges : [];
  return stands(context, all.find((/** @type {any} */ one) => one.id === id) ?? null, span);
}

/**
 * @param {Context} context
 * @param {any} found the challenge, null when there is none
 * @param {import("../client.mjs").Span} span
 */
function stands({ world: { books }, purchase }, found, span) {
  const { ledger } = purchaseOf(/** @type {any} */ ({ purchase }));
  const { id, flow, cardholder } = ledger;
  if (!found) {
    if (ledger.more.erasing || cardholder.erased) return;
    const text = `${id} is not there any more`;
    return void books.broken(
      ledger.end?.status === "verified" ? "verified-lost" : "end-stays",
      flow,
      text,
    );
  }
  books.sawStatus(ledger, found.status, span);
  books.tries.read(ledger, found.tries, span);
  if (ledger.of === "merchant") books.redemptions.read(ledger, found.redeemed, span);
}

/** @param {Context} context */
export async function cancelByMerchant(context) {
  const { merchant, world } = context;
  const { ledger } = purchaseOf(context);
  world.books.ending(ledger);
  const path = `/v1/challenges/${ledger.id}/cancel`;
  const { answer, span } = await ask(context, "cancel", {
    method: "POST",
    path,
    key: merchant.key,
  });
  const ended = /^challenge_(verified|failed|expired)$/.exec(answer.body?.code ?? "")?.[1];
  const status = answer.status === 200 ? "canceled" : ended;
  if (status) world.books.sawStatus(ledger, /** @type {any} */ (status), span);
}

/** @param {Context} context @param {Step} step */
export async function redeem(context, { key = "a" }) {
  const { response } = purchaseOf(context);
  if (response === "") return;
  for (let times = 0; times < 20; times++) if (await redeemed(context, key)) return;
}

/** Two servers of the merchant redeem at once. @param {Context} context */
export async function redeemAtOnce(context) {
  const { response } = purchaseOf(context);
  if (response === "") return;
  await Promise.all([redeem(context, { do: "", key: "a" }), redeem(context, { do: "", key: "b" })]);
}

/** @param {Context} context @param {string} key @returns {Promise<boolean>} whether there was an answer */
async function redeemed(context, key) {
  const { world, merchant } = context;
  const { ledger, response } = purchaseOf(context);
  const told = world.books.redemptions.asking(ledger, key);
  const json = { secret: merchant.key, response, idempotency_key: `${ledger.id}-${key}` };
  const request = { method: "POST", path: "/v1/siteverify", json };
  const { answer, span } = await once(context, `redeem ${key}`, request);
  const says = answer?.body && !answer.body["error-codes"]?.includes("internal-error");
  told(says ? { success: answer.body.success, body: answer.text } : null, span);
  if (answer) context.note(`  ${answer.body?.success} ${answer.body?.["error-codes"] ?? ""}`);
  if (says && answer.body.success) context.counts.redeemed = (context.counts.redeemed ?? 0) + 1;
  if (!says) await new Promise((resolve) => setTimeout(resolve, 200));
  return Boolean(says);
}
