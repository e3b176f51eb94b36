// The calm after the flows: the world is well again, everything runs out, and everybody who is still to be
// told is told. Whoever asks an object is handed what is due.
import { issuerKey } from "../support/demo.mjs";

/**
 * @typedef {import("./world.mjs").World} World
 * @typedef {import("./books/books.mjs").Ledger} Ledger
 * @typedef {{ id: string, key: string }} Merchant
 */

/** How often the clock is moved on for what is due again later: after a minute, then two, up to an hour. */
const rounds = 9;
/** How long is waited in a round for what is on its way, in milliseconds. */
const patience = 3_000;

/** How many challenges are looked at at once. */
const atOnce = 6;

/**
 * @param {World} world
 * @param {Merchant[]} shops
 * @param {(line: string) => void} note
 */
export async function drain(world, shops, note) {
  const { books, receivers, directory, api } = world;
  await world.up();
  receivers.recover();
  world.calms();
  await directory.back();
  // What the local queue is to repeat is lost with a restart. So it is waited for.
  await until(() => receivers.waiting().length === 0, 20_000);
  // The next version reads what either version stored, then this version takes over again.
  await world.kill({ worker: "next", objects: "next", rotate: false });
  await world.move(1_800 + 60);
  const open = () => [...books.ledgers.values()].filter((ledger) => !isErased(ledger));
  await lookAt(open());
  await world.sabotage.drained(world);
  for (let round = 0; round < rounds; round++) {
    world.takeResults();
    const arrived = () => {
      world.takeResults();
      return missing().length === 0;
    };
    await until(arrived, round === 0 ? 1_000 : patience);
    if (missing().length === 0) break;
    note(`round ${round}: ${missing().length} are still to be told`);
    await world.move(round < 3 ? 61 : 3_601);
    await lookAt(missing());
  }
  // What was told and not taken over comes again. The version that takes over then finds nothing of it.
  for (let round = 0; round < rounds; round++) {
    const before = posts();
    await world.move(61);
    await lookAt(open());
    await quiet();
    if (posts() === before) break;
  }
  await until(() => receivers.waiting().length === 0, 20_000);
  await world.kill({ worker: "now", objects: "now", rotate: false });
  await lookAt(open());

  /** How much was told so far. */
  function posts() {
    world.takeResults();
    const { delivered, rreqs } = books.results.figures();
    return delivered + rreqs;
  }

  /** Waits until nothing was told for a while. */
  async function quiet() {
    for (let before = -1; before !== posts();) {
      before = posts();
      await new Promise((resolve) => setTimeout(resolve, 700));
    }
  }

  function missing() {
    return open().filter((ledger) => books.results.missing(ledger).length > 0);
  }

  /** @param {Ledger[]} ledgers */
  async function lookAt(ledgers) {
    const waiting = [...ledgers];
    const next = async () => {
      for (let one = waiting.shift(); one; one = waiting.shift()) await look(one);
    };
    await Promise.all(Array.from({ length: atOnce }, next));
  }

  /** @param {Ledger} ledger */
  async function look(ledger) {
    const end = world.span();
    const { id, of, merchant, cardholder, flow } = ledger;
    const shop = shops.find((one) => one.id === merchant);
    const path =
      of === "merchant" ? `/v1/challenges/${id}` : `/v1/cardholders/${cardholder.id}/challenges`;
    const key = of === "merchant" ? shop?.key : issuerKey();
    const { status, body, text } = await api.get(path, { key });
    const listed =
      of === "merchant" ? body : body?.challenges?.find((/** @type {any} */ one) => one.id === id);
    if (status !== 200 || !listed) {
      const rule = ledger.end?.status === "verified" ? "verified-lost" : "answers";
      return books.broken(
        rule,
        flow,
        `${id} is not there at the end: ${status} ${text.slice(0, 200)}`,
      );
    }
    const span = end();
    books.sawStatus(ledger, listed.status, span);
    books.tries.read(ledger, listed.tries, span);
    if (of === "merchant") books.redemptions.read(ledger, listed.redeemed, span);
    if (listed.status === "pending") books.broken("end-stays", flow, `${id} does not end`);
  }
}

/** @param {Ledger} ledger */
const isErased = ({ cardholder, more }) => cardholder.erased || more.erasing;

/** @param {() => boolean} holds @param {number} milliseconds */
async function until(holds, milliseconds) {
  for (const end = performance.now() + milliseconds; performance.now() < end && !holds();) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return holds();
}
