// What stands at the seams between the Worker and those who speak with it. In a soak it passes on all
// that comes; faults.mjs has faults that are put in there by hand.

/**
 * @typedef {import("../support/api.mjs").Answer} Answer
 * @typedef {import("../support/api.mjs").Call} Call
 * @typedef {import("./world.mjs").World} World
 *
 * @typedef {{ method: string, path: string, call: Call }} Asked
 *
 * @typedef {object} Sabotage
 * @property {(what: string, asked: Asked, send: () => Promise<Answer>) => Promise<Answer>} answer between a
 *   client and the Worker
 * @property {(post: any, deliver: (post: any) => void) => void} post between the Worker and a receiver of events
 * @property {(world: World) => Promise<void>} drained before it is looked at whether everybody was told
 * @property {(world: World) => Promise<void>} stopped before it is looked at what is stored after retention; the
 *   Worker does not run
 */

/** Passes on all that comes. @type {Sabotage} */
export const none = {
  answer: (_, __, send) => send(),
  post: (post, deliver) => deliver(post),
  drained: async () => {},
  stopped: async () => {},
};
