// A cardholder's way through the enrollment pages, as a browser without script goes it.
import assert from "node:assert/strict";
import { assertStatus } from "./api.mjs";
import { issuerKey, registerCardholder, uniqueId } from "./demo.mjs";
import { authenticator, stepSeconds } from "./totp.mjs";

/** @typedef {import("./api.mjs").Api} Api */
/** @typedef {import("./api.mjs").Answer} Answer */
/** @typedef {{ id: string }} Who */
/** @typedef {"email" | "sms" | "app"} Method */

/** What a browser says when one of our own pages posts: they send no referrer, so no origin. */
export const fromOurPage = {
  origin: "null",
  "sec-fetch-site": "same-origin",
  "sec-fetch-dest": "document",
  accept: "text/html",
};

/** Every post of the pages. */
export const actions = /** @type {const} */ (["change", "cancel"]);

/**
 * A cardholder with exactly these facts.
 * @param {Api} api
 * @param {Record<string, unknown>} facts
 */
export async function registerFacts(api, facts) {
  const id = uniqueId("holder");
  assertStatus(await putFacts(api, { id }, facts), 201);
  return { id };
}

/**
 * @param {Api} api
 * @param {Who} who
 * @param {Record<string, unknown>} facts
 */
export const putFacts = (api, { id }, facts) =>
  api.send("PUT", `/v1/cardholders/${id}`, { key: issuerKey(), json: facts });

/**
 * @param {Api} api
 * @param {Who} who
 */
export async function readCardholder(api, { id }) {
  return assertStatus(await api.get(`/v1/cardholders/${id}`, { key: issuerKey() })).body;
}

/**
 * @typedef {{ id: string, url: string, path: string, token: string, expiresAt: string }} Session
 * @param {Api} api
 * @param {Who} who
 * @param {Record<string, unknown>} [json]
 * @returns {Promise<Session>}
 */
export async function createSession(api, who, json) {
  const path = `/v1/cardholders/${who.id}/enrollment-sessions`;
  const made = assertStatus(await api.post(path, { key: issuerKey(), json }), 201).body;
  const { pathname } = new URL(made.url);
  const token = pathname.split("/")[2];
  return { id: made.id, url: made.url, path: pathname, token, expiresAt: made.expires_at };
}

/**
 * The pages of a session.
 * @param {Api} api
 * @param {{ path: string }} session
 */
export function pages(api, { path }) {
  /** @param {string} action @param {Record<string, string>} form @param {Record<string, string>} headers */
  const post = (action, form, headers) => api.post(`${path}/${action}`, { form, headers });
  return {
    choose: () => api.get(path),
    /** @param {Record<string, string>} form what the form of step 1 asks with */
    confirm: (form) => api.get(`${path}/confirm?${new URLSearchParams(form)}`),
    /** @param {Record<string, string>} form @param {Record<string, string>} [headers] */
    change: (form, headers = fromOurPage) => post("change", form, headers),
    /** @param {Record<string, string>} [headers] */
    cancel: (headers = fromOurPage) => post("cancel", {}, headers),
    done: () => api.get(`${path}/done`),
  };
}

/**
 * What the form of step 2 posts, an app's code aside.
 * @param {Api} api
 * @param {Session} session
 * @param {Method} channel
 * @returns {Promise<{ form: Record<string, string>, html: string }>}
 */
export async function confirmed(api, session, channel) {
  const html = assertStatus(await pages(api, session).confirm({ channel })).text;
  return { form: { channel: hidden(html, "channel"), terms: hidden(html, "terms") }, html };
}

/**
 * Enrolls by e-mail or SMS.
 * @param {Api} api
 * @param {Who} who
 * @param {"email" | "sms"} channel
 */
export async function enroll(api, who, channel) {
  const session = await createSession(api, who);
  const { form } = await confirmed(api, session, channel);
  assertStatus(await pages(api, session).change(form), 303);
}

/**
 * A session whose page shows an app's secret, and the app that has it.
 * @param {Api} api
 * @param {Who} who
 */
export async function setUpApp(api, who) {
  const session = await createSession(api, who);
  const { form, html } = await confirmed(api, session, "app");
  return { session, form, html, app: authenticator(otpauth(html)) };
}

/**
 * Enrolls an app, with the code of the present time step.
 * @param {Api} api
 * @param {Who} who
 */
export async function enrollApp(api, who) {
  const { session, form, app } = await setUpApp(api, who);
  const code = app.code(await presentStep(api));
  assertStatus(await pages(api, session).change({ ...form, code }), 303);
  return app;
}

/**
 * A cardholder who gets codes by e-mail, in a session and ready to change to SMS.
 * @param {Api} api
 */
export async function readyToChange(api) {
  const cardholder = await registerCardholder(api);
  const session = await createSession(api, cardholder, { return_url: "https://my.example/" });
  const { form } = await confirmed(api, session, "sms");
  return { cardholder, session, form, ...pages(api, session) };
}

/**
 * Holds a page to be a refusal for a person to read.
 * @param {Answer} answer
 * @param {number} status
 */
export function assertRefusal(answer, status) {
  assertStatus(answer, status);
  assert.match(answer.headers.get("content-type") ?? "", /^text\/html/);
  assert.match(answer.text, /[ぁ-ん]{4}/, "it says so");
}

/**
 * Holds an app's code to be refused: step 2 comes again, as a page that can be loaded again.
 * @param {Api} api
 * @param {Answer} answer
 * @param {{ path: string }} session
 * @param {"wrong_code" | "malformed_code"} why
 * @returns {Promise<string>} the page
 */
export async function assertAskedAgain(api, answer, { path }, why) {
  const location = assertStatus(answer, 303).headers.get("location") ?? "";
  const { pathname, search, searchParams } = new URL(location, api.origin);
  assert.equal(pathname, `${path}/confirm`);
  assert.deepEqual(Object.fromEntries(searchParams), { channel: "app", said: why });
  const page = assertStatus(await api.get(pathname + search)).text;
  assert.match(page, /role="alert"[^>]*>\s*[^<\s]/);
  return page;
}

/** Where the link back leads, if there is one. @param {string} html */
export function backOf(html) {
  const link = (html.match(/<a\b[^>]*>/g) ?? []).find((tag) => tag.includes(' id="return"'));
  return link && unescaped(/ href="([^"]*)"/.exec(link)?.[1] ?? "");
}

/**
 * Runs what must change nothing about a cardholder.
 * @param {Api} api
 * @param {Who} who
 * @param {() => Promise<unknown>} body
 */
export async function unchanged(api, who, body) {
  const before = await readCardholder(api, who);
  await body();
  assert.deepEqual(await readCardholder(api, who), before);
}

/** The value of a hidden input. @param {string} html @param {string} name */
export function hidden(html, name) {
  const inputs = html.match(/<input\b[^>]*>/g) ?? [];
  const input = inputs.find((tag) => tag.includes(` name="${name}"`) && /"hidden"/.test(tag));
  assert.ok(input, `no hidden ${name} in ${html}`);
  return unescaped(/ value="([^"]*)"/.exec(input)?.[1] ?? "");
}

/** The link that an app opens. @param {string} html */
export function otpauth(html) {
  const uri = /href="(otpauth:[^"]+)"/.exec(html)?.[1];
  assert.ok(uri, `no otpauth link in ${html}`);
  return unescaped(uri);
}

/** @param {string} text */
const unescaped = (text) =>
  text
    .replace(/&#(x?)([0-9a-f]+);/gi, (_, x, digits) =>
      String.fromCodePoint(parseInt(digits, x ? 16 : 10)),
    )
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&amp;/g, "&");

/** The time by which the Worker decides, in milliseconds. @param {Api} api */
export const now = async (api) => Date.parse((await api.get("/dev/clock")).body.now);

/** The number of the time step that runs. @param {Api} api */
export const presentStep = async (api) => Math.floor((await now(api)) / 1000 / stepSeconds);

/**
 * Moves the clock to the beginning of a later time step, so that it does not end while a test is
 * at it.
 * @param {Api} api
 * @param {number} [steps] how many later
 */
export async function laterStep(api, steps = 1) {
  const seconds = Math.floor((await now(api)) / 1000);
  await api.advance(steps * stepSeconds - (seconds % stepSeconds) + 1);
  return presentStep(api);
}
