// A directory server as a simulator: it asks the issuer's access control server (ACS) with an AReq,
// takes the RReq that tells the result, and keeps every message with its time. Tests have it misbehave.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { makeErro, makeRRes, publicOrigin } from "./messages.mjs";

/**
 * @typedef {import("./messages.mjs").Message} Message
 * @typedef {import("node:http").IncomingMessage} Request
 * @typedef {import("node:http").ServerResponse} Response
 *
 * @typedef {object} Options
 * @property {string} acs the ACS's origin
 * @property {string} key by which it proves itself to the ACS
 * @property {string} [referenceNumber] its dsReferenceNumber
 *
 * @typedef {object} Kept a message that was sent or received
 * @property {number} at milliseconds since 1970
 * @property {"to ACS" | "from ACS"} direction
 * @property {string} type messageType, empty where it has none
 * @property {Message} message
 * @property {string} text as it was on the wire
 * @property {number} [status] of the answer that it came or went in
 *
 * @typedef {object} Behaviour how it answers an RReq
 * @property {"acknowledges" | "silent" | "resets" | "fails" | "mistakes ids" | "errs" | "babbles"} kind
 * @property {number} [after] so many milliseconds later
 * @property {string} [code] of the Erro, with "errs"
 * @property {number} [status] with "fails". Default: 500
 * @property {number} [times] only to the first RReqs of a transaction; the others it acknowledges
 *
 * @typedef {ReturnType<typeof directoryServer>} DirectoryServer
 */

/** Where the ACS posts results. */
export const resultsPath = "/directory-server/results";

/** Only what will never come takes this long. */
const patience = 60_000;

/** A directory server without a port: its owner gives it what comes at `resultsPath`. @param {Options} options */
export function directoryServer({ acs, key, referenceNumber = "DEMO_DS_0001" }) {
  /** @type {Kept[]} */
  const messages = [];
  /** @type {Set<() => void>} */
  const waiting = new Set();
  /** @type {Behaviour} */
  let usual = { kind: "acknowledges" };
  /** @type {Map<string, Behaviour>} */
  const unusual = new Map();

  /** @param {Kept["direction"]} direction @param {string} text @param {number} [status] */
  const keep = (direction, text, status) => {
    const message = parsed(text);
    const type = String(message.messageType ?? "");
    messages.push({ at: Date.now(), direction, type, message, text, status });
    for (const look of waiting) look();
    return message;
  };
  /** @param {string} transaction dsTransID @param {string} [type] */
  const of = (transaction, type) =>
    messages.filter(
      ({ message, type: its }) =>
        message.dsTransID === transaction && (type === undefined || its === type),
    );

  return {
    referenceNumber,
    messages,
    of,

    /** The results of a transaction, as the ACS told them. @param {string} transaction dsTransID */
    results: (transaction) => of(transaction, "RReq").map(({ message }) => message),

    /**
     * Resolves with the messages once so many of a type have come or gone.
     * @param {string} transaction dsTransID @param {string} type @param {number} [count]
     * @returns {Promise<Kept[]>}
     */
    until: (transaction, type, count = 1) =>
      new Promise((resolve, reject) => {
        const settle = () => {
          clearTimeout(late);
          waiting.delete(look);
        };
        const look = () => {
          const found = of(transaction, type);
          if (found.length < count) return;
          settle();
          resolve(found);
        };
        const late = setTimeout(() => {
          settle();
          const came = of(transaction).map((one) => `${one.direction}: ${one.text}`);
          reject(new Error(`no ${count} ${type} came; what came:\n${came.join("\n")}`));
        }, patience);
        waiting.add(look);
        look();
      }),

    /**
     * How RReqs are answered from now on; of one transaction alone if its dsTransID is given.
     * @param {Behaviour} behaviour @param {string} [transaction]
     */
    behave(behaviour, transaction) {
      if (transaction === undefined) usual = behaviour;
      else unusual.set(transaction, behaviour);
    },

    /**
     * A 3DS Server's AReq with what a directory server adds.
     * @param {Message} areq @returns {Message}
     */
    complete: (areq) => ({
      ...areq,
      dsTransID: randomUUID(),
      dsReferenceNumber: referenceNumber,
      dsURL: publicOrigin + resultsPath,
    }),

    /**
     * Asks the ACS with a complete AReq.
     * @param {Message} areq
     * @returns {Promise<{ status: number, message: Message }>} its ARes or Erro
     */
    async ask(areq) {
      const body = JSON.stringify(areq);
      keep("to ACS", body);
      const answer = await fetch(`${acs}/3ds/areq`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${key}`,
          "content-type": "application/json; charset=utf-8",
        },
        body,
      });
      return {
        status: answer.status,
        message: keep("from ACS", await answer.text(), answer.status),
      };
    },

    /** Takes an RReq, or an Erro about its own answer. @param {Request} request @param {Response} response */
    async take(request, response) {
      const message = keep("from ACS", await textOf(request));
      // An Erro is never answered with a message.
      if (message.messageType === "Erro") return void response.writeHead(200).end();
      const come = of(message.dsTransID, "RReq").length;
      const chosen = unusual.get(message.dsTransID) ?? usual;
      const behaviour = come > (chosen.times ?? Infinity) ? undefined : chosen;
      if (behaviour?.after) await new Promise((resolve) => setTimeout(resolve, behaviour.after));
      answer(request, response, message, behaviour ?? { kind: "acknowledges" }, keep);
    },
  };
}

/**
 * @param {Request} request @param {Response} response @param {Message} rreq @param {Behaviour} behaviour
 * @param {(direction: Kept["direction"], text: string, status: number) => void} keep
 */
function answer(request, response, rreq, { kind, code = "203", status = 500 }, keep) {
  /** @param {number} status @param {string} text */
  const say = (status, text) => {
    keep("to ACS", text, status);
    response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(text);
  };
  const rres = makeRRes(rreq);
  switch (kind) {
    case "acknowledges":
      return say(200, JSON.stringify(rres));
    case "mistakes ids":
      return say(200, JSON.stringify({ ...rres, acsTransID: randomUUID() }));
    case "errs":
      return say(200, JSON.stringify(makeErro(rreq, code)));
    case "babbles":
      return say(200, '{"messageType": "RRes", ');
    case "fails":
      return say(status, "");
    case "resets":
      request.socket.resetAndDestroy();
      return undefined;
    case "silent":
      return undefined;
  }
}

/**
 * A directory server on a port of its own, on this machine.
 * @param {Options & { port?: number }} options
 */
export async function startDirectoryServer({ port = 0, ...options }) {
  const simulated = directoryServer(options);
  const server = createServer((request, response) => {
    if (request.method !== "POST" || request.url !== resultsPath) {
      response.writeHead(404).end();
      return;
    }
    simulated.take(request, response).catch(() => response.destroy());
  });
  /** @param {number} at */
  const listen = (at) =>
    new Promise((resolve, reject) => {
      server.once("error", reject).listen(at, "127.0.0.1", () => {
        server.off("error", reject);
        resolve(undefined);
      });
    });
  const close = () =>
    new Promise((resolve) => {
      server.close(() => resolve(undefined));
      server.closeAllConnections();
    });
  await listen(port);
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    ...simulated,
    /** Where it really listens: the setting `development_origin`. */
    origin: `http://127.0.0.1:${address.port}`,
    /** Nobody listens at its port until `comesBack`. */
    goesAway: close,
    comesBack: () => listen(address.port),
    stop: close,
  };
}

/** @param {Request} request */
async function textOf(request) {
  let text = "";
  request.setEncoding("utf8");
  for await (const chunk of request) text += chunk;
  return text;
}

/** @param {string} text @returns {Message} */
function parsed(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === "object" ? value : {};
  } catch {
    return {};
  }
}
