// Those around the Worker: providers, receivers of events and a directory server, each as well or as badly
// tempered as the plan says. What they see goes into the books.
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";
import { startDirectoryServer } from "../../examples/three-ds/directory-server.mjs";
import { settingsOf as couriersOf } from "../support/couriers.mjs";
import { verified } from "../support/events.mjs";
import { startProvider } from "../support/providers.mjs";

/**
 * @typedef {import("../support/providers.mjs").Fate} Fate
 * @typedef {import("./plan-faults.mjs").Party} Party
 *
 * @typedef {object} Letter a message with a code, in its owner's hands
 * @property {string} challenge
 * @property {number} delivery
 * @property {string} code
 * @property {string} to
 * @property {string} provider
 * @property {string} id the provider's
 *
 * @typedef {object} Ears who is told of what the parties see
 * @property {(letter: Omit<Letter, "id">, met: { taken: boolean, refused: boolean, told: boolean }) => void} offered
 * @property {(post: { receiver: "merchant" | "issuer", merchant: string | null, id: string, type: string, body: string, challenge: string, kept: boolean }) => void} told
 * @property {(text: string) => void} wrong something came that may not come
 */

/** Longer than PROVIDER_TIMEOUT_SECONDS. */
const tooSlow = 1_300;
/** Shorter than what anybody waits for. */
const slow = 250;

/** @type {Record<string, Fate>} */
const fates = {
  slow: { slow },
  "too-slow": { slow: tooSlow },
  refuses: { fail: "destination" },
  throttles: { fail: "throttled", retryAfter: 1 },
  breaks: { fail: "broken" },
  "lies-that-it-failed": { gateway: { status: 502, body: "<html>Bad gateway</html>" } },
  "lies-that-it-took": { raw: { status: 200, headers: {}, body: '{"status": "so to say"}' } },
  "closes-before": { drop: "before" },
  "closes-after": { drop: "after" },
  resets: { drop: "reset" },
};

/** The codes in a text: a text message's last line and a mail's text have one. @param {string} text */
const codesIn = (text) => text.match(/(?<!\d)\d{6}(?!\d)/g) ?? [];

/** The names of the four providers, by what they are in a plan. @type {Record<string, string>} */
const names = {
  email: "sendgrid",
  "email-second": "resend",
  sms: "twilio",
  "sms-second": "vonage",
};

/** @param {Ears} ears */
export async function startProviders(ears) {
  const servers = await Promise.all(Object.values(names).map((name) => startProvider(name)));
  const byName = Object.fromEntries(servers.map((server) => [server.name, server]));
  /** By challenge, oldest first. @type {Map<string, Letter[]>} */
  const letters = new Map();
  let notifications = 0;
  for (const server of servers) {
    server.hears((taken, fate) => {
      const named = /^(ch_[\w-]{22})-(\d+)$/.exec(taken.reference.client_ref ?? "");
      const challenge = taken.reference.challenge ?? named?.[1];
      const delivery = Number(taken.reference.delivery ?? named?.[2]);
      const [code] = codesIn(taken.text);
      if (!challenge || !code) return void notifications++;
      const isTaken = fate.drop !== "before" && !fate.raw && !fate.fail;
      const refused = ["destination", "throttled", "account"].includes(fate.fail ?? "");
      const letter = { challenge, delivery, code, to: taken.to, provider: server.name };
      const told = isTaken && !fate.drop && !fate.gateway;
      ears.offered(letter, { taken: isTaken, refused, told });
      if (!isTaken) return;
      const all = letters.get(challenge) ?? [];
      letters.set(challenge, [...all, { ...letter, id: "" }]);
    });
  }
  return {
    settings: {
      EMAIL_COURIER: "sendgrid,resend",
      SMS_COURIER: "twilio,vonage",
      PROVIDER_TIMEOUT_SECONDS: "1",
      ...couriersOf(servers),
    },
    account: (/** @type {string} */ name) => byName[name].settings,
    /** What came for a challenge, oldest first. @param {string} challenge */
    letters: (challenge) => letters.get(challenge) ?? [],
    notifications: () => notifications,
    /** @param {Party} party @param {string} mood @param {number} times */
    mood: (party, mood, times) => byName[names[party]].next(...Array(times).fill(fates[mood])),
    faults: () => servers.flatMap(({ faults }) => faults),
    stop: () => Promise.all(servers.map((server) => server.stop())),
  };
}

/** What only the stand-in for the next version tells. */
const ofNext = '{"type":"challenge.waited"';

/** @param {import("../support/events.mjs").Post} post @param {string} secret @returns {any} */
const read = (post, secret) =>
  post.body.startsWith(ofNext)
    ? new Webhook(secret).verify(post.body, post.headers)
    : verified(post, secret);

/**
 * Receivers of events: one for the issuer and one for each merchant, at one port.
 * @param {Ears} ears
 * @param {(post: any, deliver: (post: any) => void) => void} seam between Worker and receiver
 */
export async function startReceivers(ears, seam) {
  /** @type {Map<string, string>} by path */
  const secrets = new Map();
  /** @type {Record<"merchant" | "issuer", string[]>} */
  const coming = { merchant: [], issuer: [] };
  /** What was not taken, and will be told again by the queue. @type {Map<string, { receiver: "merchant" | "issuer", challenge: string, type: string }>} */
  const waiting = new Map();
  const server = createServer(async (request, response) => {
    let body = "";
    try {
      for await (const chunk of request.setEncoding("utf8")) body += chunk;
    } catch {
      return; // Whoever asked has gone before the request was whole.
    }
    const path = request.url ?? "";
    const receiver = path === "/issuer" ? "issuer" : "merchant";
    const mood = coming[receiver].shift() ?? "well";
    const headers = /** @type {Record<string, string>} */ (request.headers);
    const post = { at: Date.now(), method: request.method ?? "", path, headers, body };
    let event;
    try {
      event = read({ ...post, event: null }, secrets.get(path) ?? "");
    } catch (error) {
      ears.wrong(`${receiver}: ${error instanceof Error ? error.message : error}\n${body}`);
      return void response.writeHead(400).end();
    }
    const { type, data } = event;
    const kept = !["fails", "closes-before"].includes(mood);
    const name = `${receiver} ${headers["webhook-id"]}`;
    // Only a 2xx tells the Worker that it was kept.
    if (["well", "slow", "babbles"].includes(mood)) waiting.delete(name);
    else waiting.set(name, { receiver, challenge: data.challenge, type });
    const merchant = receiver === "merchant" ? path.split("/")[2] : null;
    const told = {
      receiver,
      merchant,
      id: headers["webhook-id"],
      type,
      body,
      challenge: data.challenge,
    };
    seam({ ...told, kept }, ears.told);
    if (mood === "slow") await new Promise((resolve) => setTimeout(resolve, slow));
    if (mood === "closes-before") return void request.socket.destroy();
    if (mood === "resets-after") return void request.socket.resetAndDestroy();
    if (mood.startsWith("fails")) return void response.writeHead(500).end("no");
    response.writeHead(mood === "babbles" ? 200 : 204);
    response.end(mood === "babbles" ? "<html>what?" : undefined);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    origin: `http://127.0.0.1:${port}`,
    /** @param {string} path @param {string} secret */
    expects: (path, secret) => void secrets.set(path, secret),
    /** @param {"merchant" | "issuer"} receiver @param {string} mood @param {number} times */
    mood: (receiver, mood, times) => void coming[receiver].push(...Array(times).fill(mood)),
    /** From now on everybody is well. */
    recover: () => void (coming.merchant.length = coming.issuer.length = 0),
    waiting: () => [...waiting.values()],
    /** The queue is in the killed process's memory, and with it what it was to repeat. */
    loseQueue() {
      const lost = [...waiting.values()];
      waiting.clear();
      return lost;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve(undefined));
      }),
  };
}

/**
 * The directory server of examples/three-ds, with moods.
 * @param {{ acs: string, key: string, port: number }} options
 */
export async function startDirectory(options) {
  const server = await startDirectoryServer(options);
  /** @type {NodeJS.Timeout | undefined} */
  let later;
  let isAway = false;
  let read = 0;
  const well = () => server.behave({ kind: "acknowledges" });

  async function back() {
    clearTimeout(later);
    well();
    if (isAway) await server.comesBack();
    isAway = false;
  }

  return {
    ...server,
    back,
    /** RReqs that came since this was asked last. */
    news() {
      const came = server.messages.slice(read).filter(({ type }) => type === "RReq");
      read = server.messages.length;
      return came;
    },
    /** For so long, everybody's RReqs meet this. @param {string} mood */
    async mood(mood) {
      await back();
      switch (mood) {
        case "slow":
          server.behave({ kind: "acknowledges", after: slow });
          break;
        case "away":
          isAway = true;
          await server.goesAway();
          break;
        case "mistakes-ids":
          server.behave({ kind: "mistakes ids", times: 1 });
          break;
        case "fails":
        case "resets":
        case "babbles":
        case "silent":
          server.behave({ kind: mood, times: 1 });
          break;
        default:
          throw new Error(`a directory server has no mood ${mood}`);
      }
      later = setTimeout(() => void back(), 800);
    },
    async stop() {
      await back();
      await server.stop();
    },
  };
}
