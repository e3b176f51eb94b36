// Steps at the form, as the widget takes them or as a page without script posts them.
import { fromOurPage } from "../../support/enrollment.mjs";
import { wrongCode } from "../../support/demo.mjs";
import { stepSeconds } from "../../support/totp.mjs";
import { ask, holderOf, once, pause, purchaseOf } from "../client.mjs";
import { attemptIn, reading } from "./reading.mjs";

/**
 * @typedef {import("../client.mjs").Context} Context
 * @typedef {import("../plan.mjs").Step} Step
 * @typedef {import("../books/tries.mjs").Typed} Typed
 */

/** How long a person waits for a code, in milliseconds. */
const patience = 3_500;

/** The form is loaded. @param {Context} context */
export async function present(context) {
  const { world } = context;
  const purchase = purchaseOf(context);
  const { ledger, secret } = purchase;
  for (let times = 0; times < 30; times++) {
    const end = world.span();
    const ordered = world.books.sends.asking(ledger, false, end());
    const { answer, span } = await once(context, "form", {
      method: "GET",
      path: `/challenge/${secret}`,
    });
    ordered(true);
    if (!answer) {
      await pause(150);
      continue;
    }
    const knows = answer.status !== 404;
    world.books.askedOfErased(ledger.cardholder, knows, span, "the form");
    if (knows) take(context, answer, span);
    return;
  }
}

/**
 * What a page of the form says, into the books and the purchase.
 * @param {Context} context
 * @param {import("../client.mjs").Answer} answer
 * @param {import("../client.mjs").Span} span
 */
function take(context, answer, span) {
  const { world } = context;
  const purchase = purchaseOf(context);
  const { status, response, transStatus } = reading(answer);
  purchase.attempt = attemptIn(answer.text) ?? purchase.attempt;
  if (response) purchase.response = response;
  if (status) world.books.sawStatus(purchase.ledger, status, span);
  if (transStatus) world.books.results.lastPage(purchase.ledger, transStatus);
}

/** Waits until a code has come that is newer than the one in hand. @param {Context} context */
export async function code(context) {
  const { world } = context;
  const purchase = purchaseOf(context);
  const { ledger, secret } = purchase;
  const known = purchase.letter?.delivery ?? 0;
  const newest = () => {
    const letter = world.providers.letters(ledger.id).at(-1);
    return letter && letter.delivery > known ? letter : null;
  };
  if (holderOf(context).channel === "app") return;
  let settled = 0;
  for (const until = performance.now() + patience; performance.now() < until && settled < 2;) {
    for (let n = 0; n < 12 && !newest(); n++) await pause(20);
    purchase.letter = newest() ?? purchase.letter;
    if (newest()) return;
    const headers = { accept: "application/json", "content-type": "application/json" };
    const request = { method: "GET", path: `/challenge/${secret}/delivery`, headers };
    const { answer, span } = await once(context, "look", request);
    if (!answer) continue;
    world.books.askedOfErased(ledger.cardholder, answer.status !== 404, span, "how a send stands");
    if (answer.status !== 200 || answer.body?.status !== "pending") return;
    // What a provider took is in its owner's hands by then, and what none took never comes.
    if (answer.body.delivery !== "sending") settled++;
  }
  context.note("no code came");
}

/** Asks for another code when that may be done. @param {Context} context */
export async function resend(context) {
  const { world } = context;
  const sent = Math.max(1, world.books.sends.of(purchaseOf(context).ledger).resends.length + 1);
  await world.move([31, 61, 121][Math.min(sent, 3) - 1]);
  await resent(context);
}

/** Presses at once. @param {Context} context */
export const resendTooSoon = (context) => resent(context);

/** @param {Context} context */
async function resent(context) {
  const { world, flow } = context;
  const { ledger, secret } = purchaseOf(context);
  if (holderOf(context).channel === "app") return;
  const path = `/challenge/${secret}/resend`;
  const how = flow.script ? { json: {} } : { form: {}, headers: fromOurPage };
  // Neither widget nor person repeats a press of which the answer was lost: who has no code presses later.
  const end = world.span();
  const ordered = world.books.sends.asking(ledger, true, end());
  const { answer, span } = await once(context, "resend", { method: "POST", path, ...how });
  ordered(!answer || answer.status === 200 || answer.status === 303);
  if (!answer) return;
  world.books.askedOfErased(ledger.cardholder, answer.status !== 404, span, "a resend");
  if (flow.script || answer.status === 404) return;
  if (answer.status !== 303) return take(context, answer, span);
  // The page to which a browser without script is sent.
  const standing = { method: "GET", path: `/challenge/${secret}/delivery`, headers: fromOurPage };
  const { answer: page, span: later } = await once(context, "page after a resend", standing);
  if (page && page.status !== 404) take(context, page, later);
}

/**
 * Submits a code, and the same again when the answer is lost: the widget by itself, a person by pressing
 * again.
 * @param {Context} context
 * @param {Typed & { name?: string }} typed
 */
async function submit(context, typed) {
  const { world, flow } = context;
  const purchase = purchaseOf(context);
  const { ledger, secret } = purchase;
  const path = `/challenge/${secret}/verify`;
  const attempt_id = typed.name ?? purchase.attempt;
  const fields = { code: typed.code, ...(attempt_id && { attempt_id }) };
  const how = flow.script ? { json: fields } : { form: fields, headers: fromOurPage };
  for (let times = 0; times < 30; times++) {
    const told = world.books.tries.typing(ledger, typed);
    const { answer, span } = await once(context, `type ${typed.code}`, {
      method: "POST",
      path,
      ...how,
    });
    if (!answer) {
      told(null, span);
      await pause(150);
      continue;
    }
    const read = reading(answer);
    if (read.verdict) context.note(`  ${read.verdict}`);
    context.counts[`typed: ${read.verdict}`] = (context.counts[`typed: ${read.verdict}`] ?? 0) + 1;
    told(read.verdict, span);
    if (read.response) purchase.response = read.response;
    if (read.transStatus) world.books.results.lastPage(ledger, read.transStatus);
    purchase.attempt = attemptIn(answer.text) ?? purchase.attempt;
    return;
  }
}

/** The name of an attempt in the books: what is submitted on one page, and a code. @param {Context} context @param {string} code */
const attemptOf = (context, code) => `${purchaseOf(context).attempt || "unnamed"} ${code}`;

/** Types the newest code, or the app's. @param {Context} context */
export async function right(context) {
  const { world } = context;
  const holder = holderOf(context);
  const purchase = purchaseOf(context);
  if (holder.channel === "app" && holder.app) {
    let step = stepNow(context);
    if (step <= holder.step) {
      await world.move(stepSeconds * (holder.step - step + 1));
      step = stepNow(context);
    }
    const isRight = step > holder.step;
    holder.step = Math.max(step, holder.step);
    const typed = holder.app.code(step);
    const until = (step + 2) * stepSeconds * 1000;
    const app = { code: typed, from: /** @type {const} */ ("app"), right: isRight, until };
    return submit(context, { ...app, attempt: attemptOf(context, typed) });
  }
  if (!purchase.letter && !purchase.ledger.end) {
    await resend(context);
    await code(context);
  }
  const { letter } = purchase;
  if (!letter) return;
  await submit(context, {
    code: letter.code,
    from: "sent",
    attempt: attemptOf(context, letter.code),
  });
}

/** @param {Context} context */
const stepNow = ({ world }) => Math.floor(world.now() / 1000 / stepSeconds);

/** The same attempt once more, as after a lost answer. @param {Context} context */
export async function rightAgain(context) {
  const purchase = purchaseOf(context);
  const { letter, ledger } = purchase;
  const verified = context.world.books.tries.of(ledger).verified?.attempt ?? "";
  const [name, typed] = verified.split(" ");
  if (!letter || !typed || name === "unnamed") return;
  await submit(context, { code: typed, from: "sent", attempt: verified, name });
}

/** A code that was the newest once. @param {Context} context */
export async function older(context) {
  const { ledger } = purchaseOf(context);
  const [first] = context.world.providers.letters(ledger.id);
  const newest = context.world.providers.letters(ledger.id).at(-1);
  if (!first || !newest || first.delivery === newest.delivery) return;
  await submit(context, {
    code: first.code,
    from: "sent",
    attempt: attemptOf(context, first.code),
  });
}

/** Wrong codes, one after the other. @param {Context} context @param {Step} step */
export async function wrong(context, { times = 1 }) {
  for (const typed of wrongCodes(context, times)) {
    await submit(context, { ...typed, attempt: attemptOf(context, typed.code) });
  }
}

/** What is no code. @param {Context} context */
export async function malformed(context) {
  await submit(context, {
    code: "12",
    from: "sent",
    wrong: true,
    attempt: attemptOf(context, "12"),
  });
}

/** Wrong codes, all at once, each on a page of its own. @param {Context} context @param {Step} step */
export async function storm(context, { times = 10 }) {
  const page = purchaseOf(context).attempt;
  await Promise.all(
    wrongCodes(context, times).map((typed, n) => {
      const name = page ? page.slice(0, -2) + String(n).padStart(2, "A") : "";
      return submit(context, { ...typed, attempt: `${name || "unnamed"} ${typed.code}`, name });
    }),
  );
}

/**
 * Codes that are not right for certain.
 * @param {Context} context @param {number} count
 * @returns {(Pick<Typed, "code" | "from" | "wrong" | "right">)[]}
 */
function wrongCodes(context, count) {
  const holder = holderOf(context);
  const { ledger } = purchaseOf(context);
  if (holder.channel === "app" && holder.app) {
    const codes = holder.app.wrong(stepNow(context), count);
    return codes.map((code) => ({ code, from: "app", wrong: true, right: false }));
  }
  const sent = new Set(context.world.providers.letters(ledger.id).map(({ code }) => code));
  const begin = purchaseOf(context).letter?.code ?? "123456";
  // Where no code is known, nothing is wrong for certain.
  if (sent.size === 0) return [];
  const codes = Array.from({ length: count + sent.size }, (_, n) => wrongCode(begin, n + 1));
  const others = codes.filter((code) => !sent.has(code)).slice(0, count);
  return others.map((code) => ({ code, from: "sent", wrong: true }));
}

/** @param {Context} context */
export async function cancel(context) {
  const { world, flow } = context;
  const { ledger, secret } = purchaseOf(context);
  world.books.ending(ledger);
  const path = `/challenge/${secret}/cancel`;
  const how = flow.script ? { json: {} } : { form: {}, headers: fromOurPage };
  const { answer, span } = await ask(context, "cancel", { method: "POST", path, ...how });
  world.books.askedOfErased(ledger.cardholder, answer.status !== 404, span, "a cancel");
  const { status, verdict, transStatus } = reading(answer);
  const ended = status ?? /^challenge_(\w+)$/.exec(verdict ?? "")?.[1];
  if (ended) world.books.sawStatus(ledger, /** @type {any} */ (ended), span);
  if (transStatus) world.books.results.lastPage(ledger, transStatus);
}

/** Nobody does anything for a while. @param {Context} context @param {Step} step */
export async function wait({ world }, { times = 60 }) {
  await world.move(times);
}
