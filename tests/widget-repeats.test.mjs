// A request of the form whose answer was lost is asked again by widget/js/ask.js: the same, under the
// same name, as often and as late as it should be, and nobody hears of it. Time is the test's.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { ask } from "../widget/js/ask.js";

mock.timers.enable({ apis: ["setTimeout"] });

/** @typedef {{ method: string, address: string, body: string, answer: (json: unknown) => void }} Asked */
/** @type {Asked[]} */
let asked = [];
/** @type {unknown[]} */
let heard = [];
let name = "";

/** The part of a browser's request that is used. */
class Request {
  response = null;
  responseType = "";
  timeout = 0;
  /** @type {[string, string]} */
  #opened = ["", ""];
  /** @type {(event: unknown) => void} */
  #listener = () => {};
  /** @param {string} method @param {string} address */
  open(method, address) {
    this.#opened = [method, address];
  }
  setRequestHeader() {}
  /** @param {string} _ @param {(event: unknown) => void} listener */
  addEventListener(_, listener) {
    this.#listener = listener;
  }
  /** @param {string} body */
  send(body) {
    const [method, address] = this.#opened;
    const answer = (/** @type {any} */ json) => {
      this.response = json;
      this.#listener({ type: "loadend", target: this });
    };
    asked.push({ method, address, body, answer });
  }
}
Object.assign(globalThis, {
  XMLHttpRequest: Request,
  document: { getElementById: () => (name ? { value: name } : null) },
});

beforeEach(() => {
  asked = [];
  heard = [];
  name = "base";
});

const forms = { verify: "form", resend: "resend-form", cancel: "cancel-form" };

/** @param {"verify" | "resend" | "cancel"} action @param {string} [body] */
const post = (action, body = "{}") =>
  // What is asked for is not told from the address, which can have a query.
  ask((event) => heard.push(event), forms[action], `/challenge/secret/${action}?lang=en`, body);

const code = '{"code":"123456"}';
const unavailable = { code: "unavailable", status: 503, retry_after: 1, detail: "later" };
/** @param {string} body */
const attemptIn = (body) => JSON.parse(body).attempt_id;

test("a code that is submitted again by hand is the same attempt", () => {
  for (let presses = 0; presses < 2; presses++) {
    post("verify", code);
    asked.at(-1)?.answer({ code: "wrong_code", status: 422 });
  }
  assert.deepEqual(new Set(asked.map(({ body }) => attemptIn(body))), new Set(["base"]));
  assert.equal(JSON.parse(asked[0].body).code, "123456");
});

test("how a delivery stands is asked once: it is asked again by itself", () => {
  ask((event) => heard.push(event), "look", "/challenge/secret/delivery", "");
  asked[0].answer(null);
  mock.timers.tick(60_000);
  assert.equal(asked.length, 1);
  assert.equal(heard.length, 1);
});

for (const [what, lost] of /** @type {const} */ ([
  ["no answer", null],
  ["an answer that is no JSON", null],
  ["a Worker that cannot say", unavailable],
])) {
  test(`${what}: the same is asked again, twice at most, and only the last answer is heard`, () => {
    post("verify", code);
    for (const count of [2, 3]) {
      asked[count - 2].answer(lost);
      mock.timers.tick(999);
      assert.equal(asked.length, count - 1, "too early");
      mock.timers.tick(1);
      assert.equal(asked.length, count);
      assert.deepEqual(heard, []);
    }
    assert.equal(new Set(asked.map(({ body }) => body)).size, 1);
    asked[2].answer(lost);
    mock.timers.tick(60_000);
    assert.equal(asked.length, 3);
    assert.equal(heard.length, 1);
  });
}

test("an answer that comes at last is heard once", () => {
  post("verify", code);
  asked[0].answer(null);
  mock.timers.tick(1000);
  asked[1].answer({ status: "verified" });
  mock.timers.tick(60_000);
  assert.equal(asked.length, 2);
  assert.equal(heard.length, 1);
});

test("a refusal is an answer", () => {
  for (const refusal of ["wrong_code", "challenge_expired", "rate_limited", "internal"]) {
    post("verify", code);
    asked[asked.length - 1].answer({ code: refusal, status: 422, retry_after: 1 });
  }
  mock.timers.tick(60_000);
  assert.equal(asked.length, 4);
  assert.equal(heard.length, 4);
});

test("the Worker says how long to wait", () => {
  post("verify", code);
  asked[0].answer({ ...unavailable, retry_after: 10 });
  mock.timers.tick(9_999);
  assert.equal(asked.length, 1);
  mock.timers.tick(1);
  assert.equal(asked.length, 2);
});

test("a cancellation is asked again; a resend, and a code without a name, are not", () => {
  post("cancel");
  asked[0].answer(null);
  mock.timers.tick(1000);
  assert.deepEqual(
    asked.map(({ body }) => body),
    ["{}", "{}"],
  );
  post("resend");
  asked[2].answer(null);
  name = "";
  post("verify", code);
  assert.equal(asked[3].body, code);
  asked[3].answer(null);
  mock.timers.tick(60_000);
  assert.equal(asked.length, 4);
  assert.equal(heard.length, 2);
});
