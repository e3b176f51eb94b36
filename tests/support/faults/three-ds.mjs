// The steps of a purchase by 3-D Secure: AReq, CReq, form, end. In the end the directory server has one
// result.
import assert from "node:assert/strict";
import { assertStatus } from "../api.mjs";
import { registerCardholder } from "../demo.mjs";
import { payment } from "../three-ds/messages.mjs";
import { isFinal, posted } from "../three-ds/pages.mjs";
import { addCard, challengeIdOf, encode, makeCReq } from "../three-ds.mjs";

/** @typedef {import("./sweep.mjs").Step} Step */
/** @typedef {import("./sweep.mjs").Context} Context */
/** @typedef {import("./world.mjs").World} World */

/** @param {World} world */
async function shown(world) {
  const transaction = await world.bench.begun();
  const id = challengeIdOf(transaction.secret);
  return { ...transaction, id, names: [id, transaction.cardholder.id] };
}

/** @param {World} world */
async function verified(world) {
  const context = await shown(world);
  assertStatus(await world.bench.verify(context, context.code));
  return context;
}

/** What a CReq of this transaction posts, as a browser does. @param {World} world @param {any} ares */
const postCReq = ({ api }, ares) =>
  api.post("/3ds/challenge", {
    form: { creq: encode(makeCReq(ares, "02")) },
    headers: {
      origin: "https://shop.example",
      accept: "text/html",
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "navigate",
      "sec-fetch-dest": "iframe",
    },
  });

/**
 * Goes on from an ARes to the end, and holds that the directory server has one result.
 * @param {Context} context
 * @param {World} world
 */
async function completes(context, world) {
  const transaction = /** @type {any} */ (context);
  const form = await world.bench.show(transaction);
  assertSaid(assertStatus(await world.bench.enterCode(form)), "Y");
  await isTold(context, world, "Y");
}

/** @param {import("../api.mjs").Answer} page @param {string} status */
const assertSaid = (page, status) =>
  assert.equal(posted({ ...page, status: 200 }).message.transStatus, status, page.text);

/**
 * Holds that the directory server has one result: once, or again the same to the byte.
 * @param {Context} context
 * @param {World} world
 * @param {string} status
 */
async function isTold({ areq, cardholder }, { bench }, status) {
  if (bench.directory.results(areq.dsTransID).length === 0) {
    // What was not told is handed out again.
    await bench.pass(61, { cardholder });
  }
  await bench.directory.until(areq.dsTransID, "RReq");
  const said = new Set(bench.directory.of(areq.dsTransID, "RReq").map(({ text }) => text));
  assert.equal(said.size, 1, [...said].join("\n"));
  assert.equal(JSON.parse([...said][0]).transStatus, status);
}

/** @type {Step[]} */
export const threeDs = [
  {
    what: "AReq",
    form: "message",
    async begin(world) {
      const areq = payment("2.2.0");
      const cardholder = await registerCardholder(world.api);
      await addCard(world.api, cardholder, areq.acctNumber);
      return { areq, cardholder, names: [cardholder.id] };
    },
    ask: ({ areq }, { api, bench }) =>
      api.post("/3ds/areq", { key: bench.keys.scheme, json: areq }),
    done(answer, context) {
      const { transStatus, acsTransID } = (context.ares = assertStatus(answer).body);
      assert.equal(transStatus, "C", answer.text);
      assert.equal(
        acsTransID,
        (context.acsTransID ??= acsTransID),
        "a repeat is the same challenge",
      );
    },
    holds: completes,
  },
  {
    what: "CReq",
    form: "page",
    async begin(world) {
      const transaction = await world.bench.begin();
      const [{ id }] = await world.bench.challenges(transaction.cardholder);
      return { ...transaction, id, names: [id, transaction.cardholder.id] };
    },
    ask: ({ ares }, world) => postCReq(world, ares),
    done: (answer) => assertStatus(answer, 303),
    holds: completes,
  },
  {
    what: "a requestor's form is verified",
    form: "page",
    begin: shown,
    ask: ({ secret, code }, { bench }) =>
      bench.submit({ secret }, "verify", { code, attempt_id: "A".repeat(22) }),
    done: (answer) => assertSaid(assertStatus(answer), "Y"),
    again: (answer) => assert.ok(isFinal(answer), answer.text),
    holds: (context, world) => isTold(context, world, "Y"),
  },
  {
    what: "a requestor's form is canceled",
    form: "page",
    begin: shown,
    ask: ({ secret }, { bench }) => bench.submit({ secret }, "cancel"),
    done: (answer) => assertSaid(assertStatus(answer), "N"),
    holds: (context, world) => isTold(context, world, "N"),
  },
  {
    what: "the last page is shown again",
    form: "page",
    begin: verified,
    ask: ({ secret }, { bench }) => bench.page({ secret }, "/end"),
    done: (answer) => assertSaid(assertStatus(answer), "Y"),
    holds: (context, world) => isTold(context, world, "Y"),
  },
];
