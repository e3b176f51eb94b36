// The ledger of a Worker that is measured: every invocation, every call that it makes of a binding
// or a storage, and when each began and ended. Runs inside workerd, once an isolate, which the Worker
// and its objects share. Also its clock, which can be moved.

/**
 * @typedef {object} Call
 * @property {string} kind what was called, such as "kv.get" or "storage.put"
 * @property {string} on the binding, with what a key of KV begins with, or the class of objects
 * @property {number} begun its place in the order of all beginnings and ends
 * @property {number} ended the same of its end; 0 while it is under way
 * @property {number} from in milliseconds
 * @property {number} to
 * @property {number} [rows] of storage, that were read or written; messages of a queue
 * @property {number} [bytes] of a value that was written, or of a line
 * @property {number} [read] rows that a query read
 * @property {number} [written] rows that a query wrote
 *
 * @typedef {object} Invocation
 * @property {"request" | "queue" | "object" | "alarm" | "none"} kind
 * @property {string} what method and path, or the class of the object
 * @property {number} begun
 * @property {number} answered its place in the order; 0 while nothing was answered
 * @property {number} from
 * @property {number} to when it answered
 * @property {number} slept how long it was delayed within, in milliseconds
 * @property {Call[]} calls
 */

/** The length of half a way to each kind of place, and back, in milliseconds. */
export const distance = { read: 0, write: 0, object: 0 };

/** @type {Invocation[]} */
let invocations = [];
let order = 0;
/** What is not over yet: invocations, what they left to do after their answer, queued messages. */
let open = 0;

const platformNow = Date.now.bind(Date);
let ahead = 0;
/** The clock that the Worker sees. */
export const now = () => platformNow() + ahead;

// The platform's own classes know the original: a moved date passes for one of its own.
globalThis.Date = new Proxy(Date, {
  construct: (target, args, made) => Reflect.construct(target, args.length ? args : [now()], made),
  get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
});

/** @param {number} milliseconds */
export function moveClock(milliseconds) {
  ahead += milliseconds;
}

/** A time of the moved clock, as the platform's shows it. @param {number} time */
export const onPlatform = (time) => time - ahead;

/**
 * Begins an invocation.
 * @param {Invocation["kind"]} kind
 * @param {string} what
 * @returns {Invocation}
 */
export function invocation(kind, what) {
  const from = platformNow();
  const begun = ++order;
  const made = { kind, what, begun, answered: 0, from, to: from, slept: 0, calls: [] };
  invocations.push(made);
  return made;
}

/**
 * The invocation that began last, objects aside: to it belong calls of global functions, which know
 * none. So who reads them runs one request after the other.
 */
export const newest = () =>
  invocations.findLast(({ kind }) => kind !== "object") ?? invocation("none", "");

/**
 * Runs an invocation to its answer.
 * @template T
 * @param {Invocation} run
 * @param {() => T | Promise<T>} body
 * @returns {Promise<T>}
 */
export async function answering(run, body) {
  open += 1;
  try {
    return await body();
  } finally {
    run.answered = ++order;
    run.to = platformNow();
    open -= 1;
  }
}

/** Counts what goes on after an answer until it is over. @param {Promise<unknown>} work */
export function after(work) {
  open += 1;
  const over = () => void (open -= 1);
  work.then(over, over);
}

/** Counts messages that a queue has and nobody took yet. @param {number} messages */
export function queued(messages) {
  open += messages;
}

/** Alarms that are set: when each goes off, by object. @type {Map<string, number>} */
export const alarms = new Map();

/** Whether nothing is under way, no message is in a queue and no alarm is due. */
const isIdle = () => open === 0 && [...alarms.values()].every((at) => at > now());

/**
 * Notes a call from its beginning to its end.
 * @template T
 * @param {Invocation | undefined} run
 * @param {Omit<Call, "begun" | "ended" | "from" | "to">} facts
 * @param {() => T} body
 * @returns {T}
 */
export function noted(run, facts, body) {
  /** @type {Call} */
  const call = { ...facts, begun: ++order, ended: 0, from: platformNow(), to: 0 };
  (run ?? newest()).calls.push(call);
  const end = () => {
    call.ended = ++order;
    call.to = platformNow();
  };
  /** @type {T} */
  let answer;
  try {
    answer = body();
  } catch (error) {
    end();
    throw error;
  }
  if (answer instanceof Promise) answer.then(end, end);
  else end();
  return answer;
}

/**
 * Goes the way to a place and back around a call: half of it before, half of it after.
 * @template T
 * @param {Invocation | undefined} run
 * @param {number} milliseconds
 * @param {() => Promise<T>} body
 */
export async function distant(run, milliseconds, body) {
  if (!milliseconds) return body();
  const half = () => new Promise((resolve) => setTimeout(resolve, milliseconds / 2));
  if (run) run.slept += milliseconds;
  await half();
  const answer = await body();
  await half();
  return answer;
}

/** All that was noted since the last time, and whether anything goes on still. */
export function drain() {
  if (!isIdle()) return { idle: false, invocations: [] };
  const drained = invocations;
  invocations = [];
  return { idle: true, invocations: drained };
}
