// Steps of the issuer's systems and of a cardholder at the member site: registering, enrolling, changing,
// erasing.
import { cardDigest, newCard } from "../../support/three-ds.mjs";
import { fromOurPage, hidden, otpauth } from "../../support/enrollment.mjs";
import { issuerKey, uniqueId } from "../../support/demo.mjs";
import { authenticator, stepSeconds } from "../../support/totp.mjs";
import { GaveUp, ask, holderOf } from "../client.mjs";

/**
 * @typedef {import("../client.mjs").Context} Context
 * @typedef {import("../client.mjs").Holder} Holder
 * @typedef {import("../plan.mjs").Step} Step
 * @typedef {import("../plan.mjs").Channel} Channel
 */

let phones = 0;
const newPhone = () => `+8190${String(10_000_000 + ++phones)}`;

/** @param {Context} context */
export async function register(context) {
  const { flow, world } = context;
  const again = context.holder;
  const id = again?.id ?? uniqueId("holder");
  const entry = world.books.cardholder(id, flow.n);
  const channel = flow.channel === "app" ? "email" : flow.channel;
  const facts = { email: `${uniqueId("mail")}@mail.jp`, phone: newPhone() };
  const json = { ...facts, personal_message: "ハワイ大好き", channel };
  const { answer } = await ask(context, "register", put(`/v1/cardholders/${id}`, json));
  if (answer.status !== 201 && answer.status !== 200) throw unexpected("register", answer);
  const holder = { entry, id, ...facts, channel, app: null, step: 0, card: "" };
  context.holder = /** @type {Holder} */ (holder);
  if (flow.channel === "app") await enroll(context, { do: "enroll", to: "app" });
}

/** @param {string} path @param {unknown} [json] */
const put = (path, json) => ({ method: "PUT", path, key: issuerKey(), json });

/** @param {string} what @param {import("../client.mjs").Answer} answer */
export const unexpected = (what, { status, text }) =>
  new Error(`${what}: unexpectedly ${status} ${text.slice(0, 300)}`);

/**
 * Changes the enrollment on its pages, as a browser without script goes through them.
 * @param {Context} context @param {Step} step
 */
export async function enroll(context, { to = "sms" }) {
  const { world, flow } = context;
  const holder = holderOf(context);
  const sessions = `/v1/cardholders/${holder.id}/enrollment-sessions`;
  const started = await ask(context, "session", {
    method: "POST",
    path: sessions,
    key: issuerKey(),
  });
  if (started.answer.status !== 201) throw unexpected("session", started.answer);
  const { pathname } = new URL(started.answer.body.url);
  const confirm = `${pathname}/confirm?channel=${to}`;
  const { answer } = await ask(context, "confirm", { method: "GET", path: confirm });
  if (answer.status !== 200) return; // The clock was moved past the session's time.
  const form = { channel: hidden(answer.text, "channel"), terms: hidden(answer.text, "terms") };
  const app = to === "app" ? authenticator(otpauth(answer.text)) : null;
  const time = Math.floor(world.now() / 1000 / stepSeconds);
  /** @type {Record<string, string>} */
  const code = app ? { code: app.code(time) } : {};
  world.books.changing(holder.entry);
  const change = { method: "POST", path: `${pathname}/change`, headers: fromOurPage };
  const changed = await ask(context, `enroll ${to}`, { ...change, form: { ...form, ...code } });
  const { answer: read } = await ask(context, "enrolled?", get(`/v1/cardholders/${holder.id}`));
  if (read.status !== 200) throw unexpected("enrolled?", read);
  const is = read.body.channel;
  // A redirect to the last page says that it was done, one back to step 2 that it was not.
  const location = changed.answer.headers.get("location") ?? "";
  const done = location.endsWith("/done");
  if (done && is !== to) {
    const text = `${holder.id} enrolled ${to}, and is ${is}`;
    world.books.found({ flow: flow.n, rule: "enrolled", text });
  }
  holder.channel = is;
  // A code whose time passed with a step of the clock was refused: an app from before is still the one that
  // counts. Without either redirect, as after an answer that was lost, nobody knows which it is.
  const wasRefused = location.includes("said=");
  if (is === "app" && app && !wasRefused)
    Object.assign(holder, { app: done ? app : null, step: time });
  if (is === "app" && !holder.app) throw new GaveUp("an app that nobody has");
}

/** @param {string} path */
const get = (path) => ({ method: "GET", path, key: issuerKey() });

/** The issuer registers another address and number. @param {Context} context */
export async function changeDestination(context) {
  const { world, flow } = context;
  const holder = holderOf(context);
  const facts = { email: `${uniqueId("mail")}@mail.jp`, phone: newPhone() };
  world.books.changing(holder.entry);
  const json = { ...facts, personal_message: "ハワイ大好き" };
  const { answer } = await ask(context, "change", put(`/v1/cardholders/${holder.id}`, json));
  if (answer.status !== 200) throw unexpected("change", answer);
  Object.assign(holder, facts);
  const { answer: read } = await ask(context, "changed?", get(`/v1/cardholders/${holder.id}`));
  // It is shown masked, but for the end of the number.
  const same = read.body?.phone?.endsWith(facts.phone.slice(-4));
  if (read.status !== 200 || read.body.channel !== holder.channel || !same) {
    const text = `${holder.id} is ${read.status} ${read.text} after a change of destinations`;
    world.books.found({ flow: flow.n, rule: "enrolled", text });
  }
}

/** @param {Context} context */
export async function erase(context) {
  const holder = holderOf(context);
  const done = context.world.books.erasing(holder.entry);
  const path = `/v1/cardholders/${holder.id}`;
  // Whoever got no answer repeats it, until it says that there is no such cardholder.
  const { answer, span } = await ask(context, "erase", {
    method: "DELETE",
    path,
    key: issuerKey(),
  });
  if (answer.status !== 204 && answer.status !== 404) throw unexpected("erase", answer);
  done(span);
}

/** A card of the cardholder, for directory servers. @param {Context} context */
export async function card(context) {
  const holder = holderOf(context);
  holder.card = newCard();
  const path = `/v1/cardholders/${holder.id}/cards/${cardDigest(holder.card)}`;
  const { answer } = await ask(context, "card", put(path));
  if (![200, 201, 204].includes(answer.status)) throw unexpected("card", answer);
}
