// npm run soak -- --faults: faults that are put in by hand at the seams around the Worker, each of which
// the books have to find. The product is as it is; a fault stands between it and those who speak with it.
import { withKv } from "../support/storage.mjs";
import { runChunk } from "./chunk.mjs";
import { planOf } from "./plan.mjs";
import { none } from "./sabotage.mjs";

/**
 * @typedef {import("./sabotage.mjs").Sabotage} Sabotage
 * @typedef {import("../support/api.mjs").Answer} Answer
 *
 * @typedef {object} Fault
 * @property {string} what as docs/reliability.md lists it
 * @property {string} rule of the books that it has to break
 * @property {string[]} kinds of flows in which it can be met
 * @property {() => Partial<Sabotage>} make
 */

/** An answer with other JSON or another status. @param {Answer} answer @param {number} status @param {any} body @returns {Answer} */
function changed(answer, status, body) {
  const headers = new Headers(answer.headers);
  headers.set("content-type", status < 400 ? "application/json" : "application/problem+json");
  return { status, headers, body, text: JSON.stringify(body) };
}

/** What a widget gets for a wrong code. @param {Answer} answer */
const wrong = (answer) => changed(answer, 422, { code: "wrong_code", status: 422, tries_left: 0 });

const isVerify = (/** @type {{ path: string }} */ { path }) => path.endsWith("/verify");

/** @type {Fault[]} */
export const faults = [
  {
    what: "an attestation is redeemed again under another key",
    rule: "redeemed-once",
    kinds: ["redeeming"],
    make() {
      /** @type {Map<string, Answer>} */
      const successes = new Map();
      return {
        async answer(_, { path, call }, send) {
          const answer = await send();
          if (path !== "/v1/siteverify") return answer;
          const { response } = /** @type {any} */ (call.json);
          if (answer.body.success) successes.set(response, answer);
          return successes.get(response) ?? answer;
        },
      };
    },
  },
  {
    what: "an event is taken and never reaches the merchant",
    rule: "told",
    kinds: ["purchase"],
    make: () => ({
      post: (post, deliver) =>
        post.receiver === "merchant" && post.type === "challenge.verified"
          ? undefined
          : deliver(post),
    }),
  },
  {
    what: "an event comes again under another id",
    rule: "told-the-same",
    kinds: ["purchase"],
    make: () => ({
      post(post, deliver) {
        deliver(post);
        deliver({ ...post, id: `${post.id.slice(0, -1)}${post.id.endsWith("0") ? "1" : "0"}` });
      },
    }),
  },
  {
    what: "an event comes again with another content",
    rule: "told-the-same",
    kinds: ["purchase"],
    make: () => ({
      post(post, deliver) {
        deliver(post);
        deliver({ ...post, body: post.body.replace('"amount":3150', '"amount":31500') });
      },
    }),
  },
  {
    what: "a sixth wrong code is compared",
    rule: "tries",
    kinds: ["all-wrong"],
    make: () => ({
      async answer(_, asked, send) {
        const answer = await send();
        return isVerify(asked) && answer.body?.code === "challenge_failed" ? wrong(answer) : answer;
      },
    }),
  },
  {
    what: "a verified answer is forgotten when the attempt comes again",
    rule: "verified-lost",
    kinds: ["purchase"],
    make() {
      /** @type {Set<string>} */
      const before = new Set();
      return {
        async answer(_, asked, send) {
          const answer = await send();
          if (!isVerify(asked) || answer.body?.status !== "verified") return answer;
          const name = JSON.stringify(asked.call.json);
          if (before.has(name)) return wrong(answer);
          before.add(name);
          return answer;
        },
      };
    },
  },
  {
    what: "a directory server gets a second RReq with another status",
    rule: "one-result",
    kinds: ["three-ds"],
    make: () => ({
      async drained({ directory, takeResults }) {
        takeResults();
        for (const { message } of directory.messages.filter(({ type }) => type === "RReq")) {
          const transStatus = message.transStatus === "Y" ? "N" : "Y";
          const body = JSON.stringify({ ...message, transStatus });
          const headers = { "content-type": "application/json" };
          await fetch(`${directory.origin}/directory-server/results`, {
            method: "POST",
            headers,
            body,
          });
        }
      },
    }),
  },
  {
    what: "the newest code is refused in its time",
    rule: "code-accepted",
    kinds: ["purchase"],
    make: () => ({
      async answer(_, asked, send) {
        const answer = await send();
        return isVerify(asked) && answer.body?.status === "verified" ? wrong(answer) : answer;
      },
    }),
  },
  {
    what: "a code is taken after its ten minutes",
    rule: "code-refused",
    kinds: ["late"],
    make: () => ({
      async answer(_, asked, send) {
        const answer = await send();
        if (!isVerify(asked) || answer.body?.code !== "code_expired") return answer;
        return changed(answer, 200, { status: "verified", attestation: "none", return_to: null });
      },
    }),
  },
  {
    what: "an erased cardholder is still answered for",
    rule: "erased",
    kinds: ["erasure"],
    make() {
      /** @type {Map<string, Answer>} */
      const before = new Map();
      return {
        async answer(_, { method, path }, send) {
          const answer = await send();
          if (method !== "GET" || !/^\/challenge\/[^/]+$/.test(path)) return answer;
          if (answer.status === 200) before.set(path, answer);
          return before.get(path) ?? answer;
        },
      };
    },
  },
  {
    what: "a fault leaks as a 500",
    rule: "answers",
    kinds: ["purchase"],
    make() {
      let asked = 0;
      return {
        async answer(_, __, send) {
          const answer = await send();
          if (++asked !== 20) return answer;
          const headers = new Headers({ "content-type": "text/plain" });
          return { status: 500, headers, body: null, text: "panicked at src/lib.rs:1" };
        },
      };
    },
  },
  {
    what: "a record stays in KV for ever",
    rule: "stored",
    kinds: ["purchase"],
    make: () => ({
      stopped: ({ worker }) => withKv(worker.state, (kv) => kv.put("challenge:left", "{}")),
    }),
  },
];

/**
 * Puts in one after the other.
 * @param {(text: string) => void} say
 * @param {number} atOnce
 * @returns {Promise<number>} the exit code: 0 if each was found
 */
export async function showFaults(say, atOnce) {
  let missed = 0;
  for (const [n, { what, rule, kinds, make }] of faults.entries()) {
    const plan = planOf(1 + n, 16, { kinds, calm: true });
    const sabotage = { ...none, ...make() };
    const { violations } = await runChunk(plan, { sabotage, atOnce, retention: rule === "stored" });
    const found = violations.find((one) => one.rule === rule);
    if (!found) missed++;
    say(
      `${found ? "found" : "MISSED"}: ${what}${found ? `\n  ${rule}, flow ${found.flow}: ${found.text}` : ""}`,
    );
  }
  const control = await runChunk(planOf(1, 16, { calm: true }), { atOnce });
  say(`without a fault: ${control.violations.length} violations`);
  say(`${faults.length - missed} of ${faults.length} were found`);
  return missed === 0 && control.violations.length === 0 ? 0 : 1;
}
