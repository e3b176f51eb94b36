// Steps of providers that tell afterwards what became of a message, twice and in any order.
import { sendgridWebhook, twilioReceipt } from "../../support/providers/receipts.mjs";
import { chance, derived } from "../random.mjs";
import { ask, purchaseOf } from "../client.mjs";

/**
 * @typedef {import("../client.mjs").Context} Context
 * @typedef {import("../plan.mjs").Step} Step
 */

/** SendGrid's account that signs. */
export const signing = sendgridWebhook();

/** @type {Record<string, { sendgrid: string[], twilio: string[] }>} */
const words = {
  delivered: {
    sendgrid: ["processed", "delivered", "delivered", "processed"],
    twilio: ["sent", "delivered", "delivered", "sent"],
  },
  bounced: { sendgrid: ["processed", "bounce", "bounce"], twilio: ["sent", "undelivered", "sent"] },
  nothing: { sendgrid: ["open"], twilio: ["queued"] },
};

/** @param {Context} context @param {Step} step */
export async function receipts(context, { news = "delivered" }) {
  const { flow, world } = context;
  const { letter } = purchaseOf(context);
  if (!letter || (letter.provider !== "sendgrid" && letter.provider !== "twilio")) return;
  const by = chance(derived(flow.seed, 7));
  const told = [...words[news][letter.provider]];
  for (let n = told.length - 1; n > 0; n--) {
    const other = by.below(n + 1);
    [told[n], told[other]] = [told[other], told[n]];
  }
  for (const word of told) {
    const { path, receipt } =
      letter.provider === "twilio" ? byTwilio(context, word) : bySendgrid(context, word);
    const call = { method: "POST", path, headers: receipt.headers, body: receipt.body };
    const { answer } = await ask(context, `receipt ${word}`, call);
    if (answer.status === 204) continue;
    const text = `a receipt of ${letter.provider}'s is answered ${answer.status} ${answer.text}`;
    world.books.found({ flow: flow.n, rule: "receipts", text });
  }
}

/** @param {Context} context @param {string} word */
function byTwilio({ world, purchase }, word) {
  const letter = purchase?.letter;
  if (!letter) throw new Error("no letter");
  const { challenge, delivery, to } = letter;
  const path = `/v1/receipts/twilio?challenge=${challenge}&delivery=${delivery}`;
  const { accountSid, authToken, from } = world.providers.account("twilio");
  const message = { id: `SM${"0".repeat(32)}`, status: word, to, from };
  return {
    path,
    receipt: twilioReceipt({ accountSid, authToken }, world.api.origin + path, message),
  };
}

/** @param {Context} context @param {string} word */
function bySendgrid({ purchase }, word) {
  const letter = purchase?.letter;
  if (!letter) throw new Error("no letter");
  const { challenge, delivery, to } = letter;
  const about = { email: to, timestamp: 1513299569, sg_event_id: "a", sg_message_id: "b" };
  const event = { ...about, event: word, challenge, delivery: String(delivery), attempt: 1.5 };
  return { path: "/v1/receipts/sendgrid", receipt: signing.receipt([event]) };
}
