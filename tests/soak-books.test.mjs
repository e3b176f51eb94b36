// The books of the soak, each rule by what somebody saw: a row that follows by the documents breaks
// nothing, and one that does not breaks its rule and no other.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeBooks, rules, usualRules } from "./soak/books/books.mjs";

/** @typedef {ReturnType<typeof bench>} Bench */

const minute = 60_000;

/** Somebody's books, with one challenge, and a clock that is moved by hand. */
function bench() {
  const books = makeBooks();
  const holder = books.cardholder("taro", 1);
  let [now, order] = [0, 0];
  /** A request that takes a moment. @param {number} [later] milliseconds that pass before it */
  const span = (later = 1_000) => {
    const from = (now += later);
    return { from, to: (now += 10), start: ++order, end: ++order };
  };
  /** @param {"merchant" | "directory"} [of] @param {string} [id] @param {string} [key] */
  const create = (of = "merchant", id = "ch_1", key = "order-1") =>
    books.created({
      ...{ id, flow: 1, of, merchant: of === "merchant" ? "shop" : null, cardholder: holder },
      ...{ app: false, key, span: span() },
    });
  const ledger = create();
  /** @param {number} delivery @param {string} code @param {{ taken?: boolean, refused?: boolean }} [met] */
  const message = (delivery, code, { taken = true, refused = false } = {}) =>
    books.sends.offered(ledger, { delivery, code, to: "taro@mail.jp", taken, refused }, span(100));
  /** @param {boolean} resend @param {boolean} [ordered] */
  const asks = (resend, ordered = true) => books.sends.asking(ledger, resend, span())(ordered);
  /** @param {string} code @param {any} verdict @param {{ attempt?: string, later?: number, wrong?: boolean }} [how] */
  const types = (code, verdict, { attempt = `page ${code}`, later = 1_000, wrong } = {}) => {
    const when = span(later);
    books.tries.typing(ledger, { code, attempt, from: "sent", wrong })(verdict, when);
  };
  /** @param {string} key @param {boolean | null} success @param {number} [later] @param {string} [body] */
  const redeems = (key, success, later = 1_000, body = "{}") => {
    const when = span(later);
    books.redemptions.asking(ledger, key)(success === null ? null : { success, body }, when);
  };
  /** @param {string} type @param {string} [id] @param {string} [body] @param {"merchant" | "issuer"} [receiver] */
  const told = (type, id = "evt_1", body = "{}", receiver = "merchant") =>
    books.results.told({ receiver, type, id, body, challenge: "ch_1", kept: true });
  /** @param {any} status */
  const reads = (status) => books.sawStatus(ledger, status, span());
  const erased = () => books.erasing(holder)(span());
  return {
    books,
    holder,
    ledger,
    span,
    create,
    message,
    asks,
    types,
    redeems,
    told,
    reads,
    erased,
  };
}

/** A form is open and its first code has come. @param {Bench} the */
function opened({ asks, message }) {
  asks(false);
  message(1, "111111");
}

/** Everybody who has to be told of an end is told. @param {Bench} the @param {string} status */
function toldAll({ told }, status) {
  for (const receiver of /** @type {const} */ (["merchant", "issuer"])) {
    told(`challenge.${status}`, "evt_1", "{}", receiver);
  }
  told("audit.challenge", "evt_2", "{}", "issuer");
}

/** @type {[string, string | null, (the: Bench) => void][]} */
const rows = [
  ["the newest code, in time, is verified", null, ({ types }) => types("111111", "verified")],
  [
    "the newest code, in time, is refused",
    "code-accepted",
    ({ types }) => types("111111", "wrong_code"),
  ],
  [
    "in time, it is said to have run out",
    "code-accepted",
    ({ types }) => types("111111", "code_expired"),
  ],
  [
    "after ten minutes it is refused",
    null,
    ({ types }) => types("111111", "code_expired", { later: 10 * minute }),
  ],
  [
    "after ten minutes and a little it is verified",
    "code-refused",
    ({ types }) => types("111111", "verified", { later: 10 * minute + 5_000 }),
  ],
  [
    "a code that was never sent is verified",
    "code-refused",
    ({ types }) => types("222222", "verified"),
  ],
  [
    "after a resend the older code is refused",
    null,
    ({ asks, message, types }) => (asks(true), message(2, "222222"), types("111111", "wrong_code")),
  ],
  [
    "after a resend the older code is verified",
    "code-refused",
    ({ asks, message, types }) => (asks(true), message(2, "222222"), types("111111", "verified")),
  ],
  [
    "the older code is refused while a resend may have ordered another",
    null,
    ({ asks, types }) => (asks(true), types("111111", "wrong_code")),
  ],
  [
    "the older code is refused although the resend was",
    "code-accepted",
    ({ asks, types }) => (asks(true, false), types("111111", "wrong_code")),
  ],
  [
    "the code of a message that a provider refused is no newest one",
    null,
    ({ asks, message, types }) => (
      asks(true),
      message(2, "222222", { taken: false, refused: true }),
      types("111111", "wrong_code")
    ),
  ],
  [
    "a code that is refused after what may have changed the destination",
    null,
    ({ books, holder, types }) => (books.changing(holder), types("111111", "code_expired")),
  ],
  [
    "five wrong codes are compared, and no more",
    null,
    ({ types }) => {
      for (let n = 0; n < 5; n++) types(`22222${n}`, "wrong_code");
      types("111111", "challenge_failed");
    },
  ],
  [
    "a fifth wrong code is answered with the last page, which says no more than that it is over",
    null,
    ({ types }) => {
      for (let n = 0; n < 4; n++) types(`22222${n}`, "wrong_code");
      types("222224", "not-verified");
      types("111111", "not-verified");
    },
  ],
  [
    "the last page comes before a code was wrong",
    "code-accepted",
    ({ types }) => types("111111", "not-verified"),
  ],
  [
    "a sixth wrong code is compared",
    "tries",
    ({ types }) => {
      for (let n = 0; n < 6; n++) types(`22222${n}`, "wrong_code");
    },
  ],
  [
    "an attempt that comes again is no other try",
    null,
    ({ types }) => {
      for (let n = 0; n < 9; n++) types("222222", "wrong_code", { attempt: "page 222222" });
    },
  ],
  [
    "after its end a code is compared",
    "tries",
    ({ types }) => (types("222222", "challenge_canceled"), types("222223", "wrong_code")),
  ],
  [
    "it says that fewer were compared than were answered",
    "tries",
    (the) => {
      the.types("222222", "wrong_code");
      the.books.tries.read(the.ledger, 0, the.span());
    },
  ],
  [
    "a lost answer comes with the repeat",
    null,
    ({ types }) => (types("111111", null), types("111111", "verified")),
  ],
  [
    "the repeat of a lost right code is refused",
    "code-accepted",
    ({ types }) => (types("111111", null), types("111111", "wrong_code")),
  ],
  [
    "a second attempt is verified",
    "verified-once",
    ({ types }) => (
      types("111111", "verified"),
      types("111111", "verified", { attempt: "other 111111" })
    ),
  ],
  [
    "the attempt that was verified is wrong when it comes again",
    "verified-lost",
    ({ types }) => (types("111111", "verified"), types("111111", "wrong_code")),
  ],
  [
    "a verified challenge reads as pending",
    "verified-lost",
    ({ types, reads }) => (types("111111", "verified"), reads("pending")),
  ],
  [
    "a canceled challenge reads as expired",
    "end-stays",
    ({ reads }) => (reads("canceled"), reads("expired")),
  ],
  [
    "a failed challenge reads as pending",
    "end-stays",
    ({ reads }) => (reads("failed"), reads("pending")),
  ],
  [
    "an attestation is redeemed, and the same call gets the same answer",
    null,
    ({ types, redeems }) => (types("111111", "verified"), redeems("a", true), redeems("a", true)),
  ],
  [
    "an attestation is redeemed under two keys",
    "redeemed-once",
    ({ types, redeems }) => (types("111111", "verified"), redeems("a", true), redeems("b", true)),
  ],
  [
    "the same call gets another answer",
    "redeemed-once",
    ({ types, redeems }) => (
      types("111111", "verified"),
      redeems("a", true),
      redeems("a", true, 1, "{1}")
    ),
  ],
  ["what was never verified is redeemed", "redeemed-once", ({ redeems }) => redeems("a", true)],
  [
    "it is redeemed after its five minutes",
    "redeemed-once",
    ({ types, redeems }) => (types("111111", "verified"), redeems("a", true, 5 * minute + 5_000)),
  ],
  [
    "it is redeemed in time with an answer that is lost, and after its time the same call gets it",
    null,
    ({ types, redeems }) => (
      types("111111", "verified"),
      redeems("a", null),
      redeems("a", true, 5 * minute + 5_000)
    ),
  ],
  [
    "after its five minutes it is not redeemed",
    null,
    ({ types, redeems }) => (types("111111", "verified"), redeems("a", false, 5 * minute + 5_000)),
  ],
  [
    "in its time it is not redeemed",
    "redeemed-lost",
    ({ types, redeems }) => (types("111111", "verified"), redeems("a", false)),
  ],
  [
    "another key may have redeemed it when the answer was lost",
    null,
    ({ types, redeems }) => (types("111111", "verified"), redeems("a", null), redeems("b", false)),
  ],
  [
    "a success is none when the same call comes again",
    "redeemed-lost",
    ({ types, redeems }) => (types("111111", "verified"), redeems("a", true), redeems("a", false)),
  ],
  [
    "everybody is told",
    null,
    (the) => (the.types("111111", "verified"), toldAll(the, "verified"), the.books.close()),
  ],
  ["nobody is told", "told", (the) => (the.types("111111", "verified"), the.books.close())],
  [
    "another end is told than the one that was seen",
    "one-result",
    (the) => (
      the.reads("canceled"),
      toldAll(the, "canceled"),
      the.told("challenge.expired", "evt_3")
    ),
  ],
  [
    "an event comes twice",
    null,
    ({ told }) => (told("challenge.failed"), told("challenge.failed")),
  ],
  [
    "an event comes twice with two ids",
    "told-the-same",
    ({ told }) => (told("challenge.failed", "evt_1"), told("challenge.failed", "evt_2")),
  ],
  [
    "an event comes twice with two contents",
    "told-the-same",
    ({ told }) => (
      told("challenge.failed", "evt_1", "{}"),
      told("challenge.failed", "evt_1", "{1}")
    ),
  ],
  [
    "what the local queue lost is missing at one receiver",
    null,
    (the) => {
      the.reads("expired");
      toldAll(the, "expired");
      the.books.results.excused(the.ledger, "merchant", "challenge.expired");
      the.books.close();
    },
  ],
  [
    "an erased cardholder's challenge is not found",
    null,
    ({ erased, types }) => (erased(), types("111111", "not-found")),
  ],
  [
    "an erased cardholder's code is compared",
    "erased",
    ({ erased, types }) => (erased(), types("111111", "wrong_code")),
  ],
  [
    "an erased cardholder's challenge reads",
    "erased",
    ({ erased, reads }) => (erased(), reads("verified")),
  ],
  [
    "one key makes two challenges",
    "same-create",
    ({ create }) => void create("merchant", "ch_2", "order-1"),
  ],
  [
    "five messages to one destination whose codes nobody typed",
    null,
    ({ message, books }) => {
      for (let n = 2; n <= 5; n++) message(n, `11111${n}`);
      books.sends.close();
    },
  ],
  [
    "six messages to one destination whose codes nobody typed",
    "limits",
    ({ message, books }) => {
      for (let n = 2; n <= 6; n++) message(n, `11111${n}`);
      books.sends.close();
    },
  ],
  [
    "503 as the contract has it, under a fault",
    null,
    ({ books }) => books.answered(1, unavailable, true),
  ],
  ["503 without a fault", "answers", ({ books }) => books.answered(1, unavailable, false)],
  [
    "500 under a fault",
    "answers",
    ({ books }) => books.answered(1, { ...unavailable, status: 500, code: "internal" }, true),
  ],
];

const unavailable = {
  what: "read",
  status: 503,
  type: "application/problem+json",
  code: "unavailable",
  retry: "1",
};

for (const [what, rule, course] of rows) {
  test(`${what}: ${rule ? `breaks ${rule}` : "breaks nothing"}`, () => {
    const the = bench();
    opened(the);
    course(the);
    const broken = new Set(the.books.violations.map((one) => one.rule));
    assert.deepEqual([...broken], rule ? [rule] : [], JSON.stringify(the.books.violations));
  });
}

test("a directory server's challenge has one result, and the last page says the same", () => {
  for (const [texts, shown, rule] of /** @type {[string[], string, string | null][]} */ ([
    [['{"transStatus":"Y"}', '{"transStatus":"Y"}'], "Y", null],
    [['{"transStatus":"Y"}', '{"transStatus":"N"}'], "Y", "one-result"],
    [['{"transStatus":"N"}'], "Y", "one-result"],
    [[], "Y", "told"],
  ])) {
    const the = bench();
    const ledger = the.create("directory", "ch_2", "transaction-1");
    for (const text of texts) the.books.results.result(ledger, { text, transStatus: "" });
    the.books.results.lastPage(ledger, shown);
    the.books.sawStatus(ledger, "verified", the.span());
    for (const type of ["challenge.verified", "audit.challenge"]) {
      const event = { id: `evt_${type}`, type, body: "{}", challenge: "ch_2", kept: true };
      the.books.results.told({ ...event, receiver: "issuer" });
    }
    the.books.close();
    const broken = new Set(the.books.violations.map((one) => one.rule));
    assert.deepEqual([...broken], rule ? [rule] : [], texts.join());
  }
});

test("that a code could not be tried is said where no provider took any, and nowhere else", () => {
  for (const [told, said, status, rule] of /** @type {[boolean, string, any, string | null][]} */ ([
    [false, "U", "canceled", null],
    [false, "N", "canceled", null],
    [false, "U", "verified", "one-result"],
    [true, "U", "canceled", "one-result"],
    [true, "N", "canceled", null],
  ])) {
    const the = bench();
    const ledger = the.create("directory", "ch_2", "transaction-1");
    const message = { delivery: 1, code: "111111", to: "taro@mail.jp", refused: false };
    the.books.sends.offered(ledger, { ...message, taken: told, told }, the.span());
    const text = JSON.stringify({ transStatus: said });
    the.books.results.result(ledger, { text, transStatus: said });
    the.books.results.lastPage(ledger, status === "verified" ? "Y" : "N");
    the.books.sawStatus(ledger, status, the.span());
    for (const type of [`challenge.${status}`, "audit.challenge"]) {
      const event = { id: `evt_${type}`, type, body: "{}", challenge: "ch_2", kept: true };
      the.books.results.told({ ...event, receiver: "issuer" });
    }
    the.books.close();
    const broken = new Set(the.books.violations.map((one) => one.rule));
    assert.deepEqual([...broken], rule ? [rule] : [], `${told} ${said} ${status}`);
  }
});

test("every rule that a row breaks is in the list of rules", () => {
  for (const [, rule] of rows) assert.ok(!rule || rules.some((one) => one === rule), `${rule}`);
  assert.equal(usualRules.tries, 5);
});
