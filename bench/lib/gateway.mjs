// The gateway that carries the codes of every system that is measured. A Worker posts a message to
// it as to a provider, and the bench reads the code in it.
import { setTimeout as pause } from "node:timers/promises";
import { Response } from "miniflare";

/** Where the Workers post messages. Nothing leaves this process. */
export const gatewayUrl = "https://gateway.example/messages";

/** How long a code is waited for, in milliseconds. Longer than any system tries to send it. */
const patience = 30_000;

/** @typedef {ReturnType<typeof makeGateway>} Gateway */

export function makeGateway() {
  /** Who waits for a code, by address. @type {Map<string, (code: string) => void>} */
  const waiting = new Map();
  return {
    /**
     * The code of the next message to an address. Asked before the message is sent. What it answers
     * waits until the code arrives, and fails when it does not.
     * @param {string} to
     */
    nextCode(to) {
      /** @type {Promise<string>} */
      const code = new Promise((resolve) => waiting.set(to, resolve));
      return async () => {
        const signal = new AbortController();
        const late = pause(patience, undefined, { signal: signal.signal }).catch(() => {});
        const arrived = await Promise.race([code, late]);
        signal.abort();
        if (arrived === undefined) throw new Error(`no code came to ${to}`);
        return arrived;
      };
    },

    /**
     * Answers what a Worker fetches. A post that is no message is taken too, such as an event.
     * @param {import("./workerd.mjs").OutboundRequest} request
     */
    async outbound(request) {
      const text = await request.text();
      if (request.url === gatewayUrl) {
        const { data } = JSON.parse(text);
        const [code = ""] = /(?<!\d)\d{6}(?!\d)/.exec(data.text) ?? [];
        waiting.get(data.to)?.(code);
        waiting.delete(data.to);
      }
      return new Response(null, { status: 204 });
    },
  };
}
