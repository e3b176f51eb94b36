// The world of one chunk: a Worker on workerd with everybody around it, and what happens to it by the plan:
// it is killed, started as another version or with other keys, and its clock moves.
import { randomBytes } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { at, paths } from "../../scripts/lib/paths.mjs";
import { stepBack } from "../support/alarms.mjs";
import { client } from "../support/api.mjs";
import { doublesVars } from "../support/doubles.mjs";
import { quietPort } from "../support/ports.mjs";
import { settingsOf } from "../support/three-ds.mjs";
import { startWorker } from "../support/worker.mjs";
import { rotatingKeys } from "./keys.mjs";
import { startDirectory, startProviders, startReceivers } from "./parties.mjs";
import { derived } from "./random.mjs";
import { signing } from "./steps/receipts.mjs";
import { doublesIn } from "./storage.mjs";

/**
 * @typedef {import("./books/books.mjs").Books} Books
 * @typedef {import("./books/books.mjs").Span} Span
 * @typedef {import("./plan-faults.mjs").WorldFault} WorldFault
 * @typedef {import("./plan-faults.mjs").Rebirth} Rebirth
 * @typedef {import("./sabotage.mjs").Sabotage} Sabotage
 * @typedef {import("./storage.mjs").Storage} Storage
 * @typedef {Awaited<ReturnType<typeof startWorld>>} World
 */

/** How far the clock is ahead at first, so that it can step back. */
const headStart = 600;

const builds = { now: at(), next: paths.nextVersion };

/**
 * @param {Books} books
 * @param {Sabotage} sabotage what stands at the seams
 * @param {{ storage: Storage, seed: number }} plan
 */
export async function startWorld(books, sabotage, { storage, seed }) {
  const counts = { kills: 0, starts: 1, steps: 0, rotations: 0, lost: 0 };
  /** @type {Record<string, number>} */
  const faults = {};
  /** Challenges of the directory server, by dsTransID. @type {Map<string, import("./books/books.mjs").Ledger>} */
  const transactions = new Map();
  /** RReqs of transactions whose ARes has not come yet. @type {string[]} */
  const unclaimed = [];
  const flowOf = (/** @type {string} */ challenge) => books.ledgers.get(challenge);
  /** What came about a challenge whose create is not answered yet. @type {Map<string, (() => void)[]>} */
  const early = new Map();
  /** @param {string} challenge @param {() => void} note */
  const about = (challenge, note) => {
    if (flowOf(challenge)) return note();
    early.set(challenge, [...(early.get(challenge) ?? []), note]);
  };
  const ears = {
    offered: (/** @type {any} */ letter, /** @type {any} */ met) => {
      const span = instant();
      about(letter.challenge, () => {
        const ledger = flowOf(letter.challenge);
        if (ledger) books.sends.offered(ledger, { ...letter, ...met }, span);
      });
    },
    told: (/** @type {any} */ post) => about(post.challenge, () => books.results.told(post)),
    wrong: (/** @type {string} */ text) => books.found({ flow: null, rule: "providers", text }),
  };
  const providers = await startProviders(ears);
  const receivers = await startReceivers(ears, sabotage.post);
  const key = randomBytes(24).toString("hex");
  const port = await quietPort();
  const threeDs = settingsOf({ origin: `http://127.0.0.1:${port}`, key });
  const issuerSecret = `whsec_${randomBytes(24).toString("base64")}`;
  receivers.expects("/issuer", issuerSecret);
  const keys = rotatingKeys(threeDs);
  const isDoubled = storage !== "well";
  let isCalm = false;
  /** Each start of the Worker meets other faults. */
  const doubles = () =>
    doublesIn(isCalm && isDoubled ? "stale" : storage, derived(seed, counts.starts));
  const worker = await startWorker({
    alarms: true,
    doubles: isDoubled ? doubles() : undefined,
    built: builds.now,
    objects: builds.now,
    vars: {
      ...providers.settings,
      SENDGRID_EVENT_KEY: signing.publicKey,
      ...threeDs,
      ISSUER_EVENTS_URL: `${receivers.origin}/issuer`,
      ISSUER_EVENTS_SECRETS: issuerSecret,
      EVENT_RETRY_SECONDS: "1,1,1,2,2,4,4,8,8",
      UNKNOWN_CARDHOLDERS_PER_HOUR: "1000",
      ...keys.settings(),
    },
  });
  const directory = await startDirectory({ acs: worker.origin, key, port });
  const api = client(worker.origin);

  // The clock: by how much it is ahead, at least and at most while it is being moved.
  let [low, high] = [0, 0];
  /** @param {number} seconds */
  async function move(seconds) {
    const target = low + seconds;
    [low, high] = [Math.min(low, target), Math.max(high, target)];
    if (seconds < 0) await stepBack(worker, -seconds);
    else await api.advance(seconds);
    [low, high] = [target, target];
    counts.steps++;
  }
  await move(headStart);

  /** @returns {Span} */
  function instant() {
    const [real, now] = [Date.now(), performance.now()];
    return { from: real + low * 1000, to: real + high * 1000, start: now, end: now };
  }

  /** Begins a span; the function that is returned ends it. */
  function span() {
    const { from, start } = instant();
    return () => ({ from, to: instant().to, start, end: performance.now() });
  }

  // What happens to the Worker happens one after the other.
  let turn = Promise.resolve();
  /** @param {() => Promise<void>} body */
  function alone(body) {
    const done = turn.then(body);
    turn = done.catch(() => {});
    return done;
  }
  let wasMixed = false;
  /** @type {Promise<void>} */
  let running = Promise.resolve();

  /** @param {Rebirth} as */
  function kill(as) {
    running = alone(async () => {
      counts.kills++;
      counts.starts++;
      if (as.rotate) {
        keys.rotate();
        counts.rotations++;
        books.sends.recounted();
      }
      wasMixed ||= as.worker === "next" || as.objects === "next";
      await worker.kill();
      for (const { receiver, challenge, type } of receivers.loseQueue()) {
        const ledger = flowOf(challenge);
        if (ledger) books.results.excused(ledger, receiver, type);
        counts.lost++;
      }
      const both = { built: builds[as.worker], objects: builds[as.objects] };
      const failing = isDoubled ? doublesVars(doubles()) : {};
      await worker.become(both, { ...keys.settings(), ...failing });
    });
    return running;
  }

  return {
    transactions,
    ...{ worker, api, providers, receivers, directory, keys, counts, faults, books, sabotage },
    span,
    kill,
    issuerSecret,
    directoryKey: key,
    now: () => Date.now() + low * 1000,
    ahead: () => low,
    /** @param {number} seconds */
    move: (seconds) => alone(() => move(seconds)),
    /** Resolves once the Worker runs, and nothing is about to happen to it. */
    up: () => running.catch(() => {}),
    /** What is known of a challenge whose create has now been answered. @param {string} challenge */
    known(challenge) {
      for (const note of early.get(challenge) ?? []) note();
      early.delete(challenge);
    },
    /**
     * Whether an answer 503 is one that the documents have: storage fails, or the next version ran, so an
     * object may have stored or may answer what this one cannot read. KV takes one write a second of a key:
     * an erasure can come so soon after a create.
     * @param {string} what was asked
     */
    mayBeUnavailable: (what) =>
      wasMixed || storage === "failing" || (storage === "stale" && what.startsWith("erase")),

    /** From the next start of the Worker on nothing fails by chance. */
    calms: () => void (isCalm = true),

    /** @param {WorldFault} fault */
    async happens(fault) {
      const { what, seconds = 0, of, mood = "", times = 1, as } = fault;
      const name =
        what === "mood"
          ? `${of}: ${mood}`
          : what === "clock"
            ? `clock ${seconds < 0 ? "back" : "ahead"}`
            : what;
      faults[name] = (faults[name] ?? 0) + 1;
      if (what === "kill" && as) return kill(as);
      if (what === "clock") return this.move(seconds);
      if (of === "directory") return directory.mood(mood);
      if (of === "merchant" || of === "issuer") return receivers.mood(of, mood, times);
      if (of) providers.mood(of, mood, times);
    },

    /** What the directory server got since this was asked last goes into the books. */
    takeResults() {
      for (const text of unclaimed.splice(0, unclaimed.length)) {
        const ledger = transactions.get(JSON.parse(text).dsTransID);
        if (ledger)
          books.results.result(ledger, { text, transStatus: JSON.parse(text).transStatus });
        else unclaimed.push(text);
      }
      for (const { message, text } of directory.news()) {
        const ledger = transactions.get(message.dsTransID);
        if (ledger) books.results.result(ledger, { text, transStatus: message.transStatus });
        else unclaimed.push(text);
      }
    },

    /** Resident memory of the Worker's process, in bytes. */
    memory: () => childrensMemory("workerd"),

    async stop() {
      await running.catch(() => {});
      await worker.stop();
      await Promise.all([providers.stop(), receivers.stop(), directory.stop()]);
    },
  };
}

/** @param {string} name of the program */
function childrensMemory(name) {
  let pages = 0;
  for (const process_ of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${process_}/stat`, "utf8");
      const [, program, rest] = /\((.*)\) (.*)$/s.exec(stat) ?? [];
      if (program !== name || Number(rest.split(" ")[1]) !== process.pid) continue;
      pages += Number(readFileSync(`/proc/${process_}/statm`, "utf8").split(" ")[1]);
    } catch {
      // It has ended.
    }
  }
  return pages * 4096;
}
