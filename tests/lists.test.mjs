// Lists that stand in several places have the same members everywhere: operations, fields of requests,
// problem codes, statuses, what the script tag has, events, providers, rates, headers. Whoever adds a
// member is told here where it is missing.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { at } from "../scripts/lib/paths.mjs";
import { everyAnswer, openapi } from "./support/contract.mjs";
import { guide, guidePages } from "./support/guide.mjs";
import { carriers } from "./support/providers.mjs";
import { right, wrongFields } from "./support/providers/requests.mjs";
import { leaves, requests } from "./support/requests.mjs";
import { all, block, read, sorted } from "./support/sources.mjs";

// Operations

const guides = {
  merchant: guidePages,
  issuer: readdirSync(at("docs/issuer")).map((name) => `docs/issuer/${name}`),
};

for (const [who, pages] of Object.entries(guides)) {
  test(`every operation of the ${who} is in the ${who}'s guide`, () => {
    const text = pages.map(read).join("\n");
    const operations = Object.entries(openapi.paths).flatMap(([path, verbs]) =>
      Object.entries(verbs)
        .filter(([, { tags }]) => tags?.includes(who))
        .map(([verb]) => ({ verb: verb.toUpperCase(), path })),
    );
    assert.ok(operations.length > 3, `${operations.length}`);
    const missing = operations.filter(({ verb, path }) => !written(verb, path).test(text));
    assert.deepEqual(missing, []);
  });
}

/**
 * How a guide writes an operation: method and path, with or without an origin. A name or `{name}`
 * stands for a parameter, and `…` for the beginning of the path up to one of its own words.
 * @param {string} verb
 * @param {string} path
 */
function written(verb, path) {
  const parts = path.split("/").slice(1);
  const pattern = (/** @type {string[]} */ of) =>
    of.map((part) => (part.startsWith("{") ? "/[\\w{}-]+" : `/${part}`)).join("");
  const ends = parts.flatMap((part, n) => (part.startsWith("{") ? [] : [pattern(parts.slice(n))]));
  const origin = "(?:https://otp\\.example|\\$WARIFU)?";
  const place = `(?:${origin}${pattern(parts)}|…(?:${ends.join("|")}))`;
  return new RegExp(`\\b${verb} ${place}(?![\\w/-])`);
}

// Fields of requests

for (const { schema, handler, guide } of requests) {
  test(`${schema}: the handler reads the fields of the contract, and the guide has a row for each`, () => {
    const asked = /\.(?:optional_)?(?:text|texts|integer|object)\("(\w+)"\)/g;
    const { properties } = openapi.components.schemas[schema];
    const own = (/** @type {string} */ path) => path.split(".");
    const described = sorted(leaves(properties).flatMap(own));
    assert.deepEqual(sorted(all(read(handler), asked)), described, handler);
    if (!guide) return;
    const rows = all(read(guide), /^\| `([\w.]+)` \|/gm);
    const missing = leaves(properties).filter((path) => !rows.includes(path));
    assert.deepEqual(missing, [], guide);
  });
}

test("every body that merchants and the issuer send as JSON is held to its handler", () => {
  const bodies = Object.values(openapi.paths)
    .flatMap((operations) => Object.values(operations))
    .filter(({ tags }) => ["merchant", "issuer"].some((tag) => tags?.includes(tag)))
    .map(({ requestBody }) => requestBody?.content["application/json"]?.schema.$ref)
    .filter((reference) => reference !== undefined)
    .map((reference) => reference.replace("#/components/schemas/", ""));
  assert.deepEqual(sorted(bodies), sorted(requests.map(({ schema }) => schema)));
});

// Problem codes

test("the merchant's guide says what to do about every problem of a merchant's operation", () => {
  /** The codes of all problems in a part of the contract. @param {any} node @returns {string[]} */
  const codes = (node) => {
    if (typeof node !== "object" || node === null) return [];
    if (typeof node.$ref === "string") {
      const path = node.$ref.slice(2).split("/");
      return codes(
        path.reduce((/** @type {any} */ part, /** @type {string} */ name) => part[name], openapi),
      );
    }
    const own = node.properties?.code?.const;
    return typeof own === "string" ? [own] : Object.values(node).flatMap(codes);
  };
  const operations = Object.values(openapi.paths).flatMap((path) => Object.values(path));
  const merchants = operations.filter(({ tags }) => tags?.includes("merchant"));
  const told = sorted(merchants.flatMap(({ responses }) => codes(responses)));
  assert.ok(told.length > 10, `${told}`);
  const missing = told.filter(
    (code) => !guide.includes(`\`${code}\``) && !guide.includes(` ${code}\``),
  );
  assert.deepEqual(missing, []);
});

test("the guides give each problem code the status that the contract gives it", () => {
  /** @type {Map<string, number>} */
  const statuses = new Map(
    Object.values(openapi.components.schemas)
      .filter((schema) => schema.properties?.code?.const)
      .map(({ properties: { code, status } }) => [code.const, status.const]),
  );
  // Codes that share a status follow it: 422 `a`, `b`, or in one pair of ticks `422 a`.
  const group = /\b([45]\d\d) `?(\w+)`((?:(?:, | or )`\w+`)*)/g;
  let given = 0;
  for (const page of Object.values(guides).flat()) {
    for (const [, status, first, others] of read(page).matchAll(group)) {
      for (const code of [first, ...all(others, /`(\w+)`/g)]) {
        assert.equal(statuses.get(code), Number(status), `${page}: ${code}`);
        given += 1;
      }
    }
  }
  assert.ok(given > 20, `${given}`);
});

// Statuses and error codes

for (const [what, schema, file] of [
  ["status of a challenge", "ChallengeStatus", "core/src/cardholder/status.rs"],
  ["state of a delivery", "Delivery", "core/src/cardholder/delivery.rs"],
  ["channel", "Channel", "core/src/contact.rs"],
]) {
  test(`every ${what} is in the contract and in the merchant's guide`, () => {
    const ours = all(block(file, "fn as_str"), /=> "(\w+)"/g);
    assert.ok(ours.length > 2, `${ours}`);
    const described = openapi.components.schemas[schema].enum.filter(Boolean);
    assert.deepEqual(sorted(described), sorted(ours));
    assert.deepEqual(
      ours.filter((name) => !guide.includes(`\`${name}\``)),
      [],
    );
  });
}

test("every error code of siteverify is in the contract and in the merchant's guide", () => {
  const variants = all(block("worker/src/routes/siteverify.rs", "enum ErrorCode"), /^ +(\w+),$/gm);
  const ours = variants.map((name) => name.replace(/(?<=.)[A-Z]/g, "-$&").toLowerCase());
  assert.ok(ours.length > 5, `${ours}`);
  const { responses } = openapi.paths["/v1/siteverify"].post;
  const { items } = openapi.components.schemas.NotRedeemed.properties["error-codes"];
  const unread = JSON.stringify(responses["400"]);
  const [, code] = /"error-codes":\{[^}]*"const":"([\w-]+)"/.exec(unread) ?? [];
  assert.deepEqual(sorted([...items.enum, code]), sorted(ours));
  const [, table] = /^\| `error-codes` \| means \|$([^]*?)^$/m.exec(guide) ?? [];
  const rows = all(table, /^\| (`[^|]*) \|/gm).flatMap((names) => all(names, /`([\w-]+)`/g));
  assert.deepEqual(sorted(rows), sorted(ours));
});

// The script tag

const types = "packages/warifu/warifu.d.ts";

/** The first cells of a table of the guide's page about the page, below a heading. @param {string} heading */
function named(heading) {
  const [, part] = read("docs/merchant/page.md").split(`\n## ${heading}\n`);
  return all(part.split(/^#+ /m)[0], /^\| `([\w:-]+)` \|/gm);
}

test("every error code of the script tag is in the merchant's guide", () => {
  const [text] = /^export type ErrorCode =$[^]*?;$/m.exec(read(types)) ?? [""];
  const codes = all(text, /\| "([\w-]+)"/g);
  assert.ok(codes.length > 8, `${codes}`);
  assert.deepEqual(sorted(named("Error codes")), sorted(codes));
});

test("every option of the script tag is an attribute of the merchant's guide", () => {
  const options = all(block(types, "interface Options"), /^  "?([\w-]+)"?\?:/gm);
  assert.ok(options.length > 5, `${options}`);
  const attributes = options.map((name) => `data-${name.replace(/[A-Z]/g, "-$&").toLowerCase()}`);
  assert.deepEqual(sorted(named("Attributes")), sorted(attributes));
});

test("every event of a container is in the merchant's guide", () => {
  const events = all(block(types, "interface WarifuEvents"), /^  "([\w:]+)":/gm);
  assert.ok(events.length > 5, `${events}`);
  assert.deepEqual(sorted(named("Events")), sorted(events));
});

// Events

test("every event is in the contract, in the issuer's guide and, if it concerns them, in the merchants'", () => {
  const file = "worker/src/events/message.rs";
  const published = (/** @type {string} */ text) => text.replace(/#\[cfg[^]*?,\n/g, "");
  const types = new Map(
    [...published(block(file, "fn event_type")).matchAll(/Self::(\w+) => "([\w.]+)"/g)].map(
      ([, kind, type]) => [kind, type],
    ),
  );
  // It goes to a directory server, in the words of its protocol, and to no endpoint.
  assert.ok(types.delete("Result"));
  assert.ok(types.size > 5, `${[...types]}`);
  const acts = all(block("worker/src/log/act.rs", "fn names"), /"(audit\.[\w.]+)"/g);
  assert.ok(acts.length > 10, `${acts}`);
  const record = all(
    read("worker/src/events/payload.rs"),
    /^pub\(super\) const AUDIT: &str = "(.*)";/gm,
  );
  const budgets = all(block("worker/src/events/payload.rs", "fn budget_type"), /"(\w+\.\w+)"/g);
  assert.equal(budgets.length, 2);
  const ours = [...types.values(), ...acts, ...record, ...budgets];
  assert.deepEqual(sorted(openapi.components.schemas.Event.properties.type.enum), sorted(ours));
  const issuers = read("docs/issuer/events.md");
  assert.deepEqual(
    ours.filter((type) => !issuers.includes(`\`${type}\``)),
    [],
  );
  const concerns = published(block(file, "fn concerns_merchant")).split("=> true")[0];
  const merchants = all(concerns, /Self::(\w+)/g).map((kind) => types.get(kind) ?? kind);
  const rows = all(guide, /^\| `(\w+\.\w+)` \|/gm).filter(
    (type) => !type.startsWith("transaction."),
  );
  assert.deepEqual(sorted(rows), sorted(merchants));
});

test("what an act is about is in the contract, and nothing else", () => {
  const facts = block("worker/src/log/act.rs", "fn facts");
  const named = new Set(all(facts, /\("(\w+)", Fact::/g));
  const { issuer_key, request, ...about } = openapi.components.schemas.IssuerAct.properties;
  assert.ok(issuer_key && request);
  assert.deepEqual(sorted(Object.keys(about)), sorted([...named]));
});

// Providers

test("every provider has a strict server, right and wrong requests, and its name in the guide", () => {
  const file = "delivery/src/provider_name.rs";
  const names = new Map(
    [...block(file, "fn as_str").matchAll(/Self::(\w+) => "(\w+)"/g)].map(([, kind, name]) => [
      kind,
      name,
    ]),
  );
  /** @type {Record<string, string[]>} */
  const carried = { Email: [], Sms: [] };
  const arms = /((?:Self::\w+[\s|]*)+)=>\s*\{?\s*(true|channel == SendChannel::(\w+))/g;
  for (const [, kinds, , channel] of block(file, "fn carries").matchAll(arms)) {
    for (const kind of all(kinds, /Self::(\w+)/g)) {
      for (const one of channel ? [channel] : Object.keys(carried))
        carried[one].push(names.get(kind) ?? kind);
    }
  }
  // The platform's binding and a development server's outbox are asked without HTTP.
  const overHttp = (/** @type {string} */ name) => !["cloudflare", "outbox"].includes(name);
  assert.deepEqual(sorted(carriers.email), sorted(carried.Email.filter(overHttp)));
  assert.deepEqual(sorted(carriers.sms), sorted(carried.Sms.filter(overHttp)));
  const servers = sorted([...carriers.email, ...carriers.sms]);
  assert.deepEqual(sorted(Object.keys(right)), servers);
  assert.deepEqual(sorted(Object.keys(wrongFields)), servers);

  const settings = read("docs/issuer/settings.md");
  for (const [setting, channel] of [
    ["EMAIL_COURIER", "Email"],
    ["SMS_COURIER", "Sms"],
  ]) {
    const [, row] = new RegExp(`^\\| \`${setting}\` \\|[^|]*\\|(.*)\\|$`, "m").exec(settings) ?? [];
    const [list] = /at most 4 of (?:`\w+`(?:, )?)+/.exec(row ?? "") ?? [];
    const named = all(list ?? "", /`(\w+)`/g);
    assert.deepEqual(
      named,
      carried[channel].filter((name) => name !== "outbox"),
      setting,
    );
  }
  const index = read("docs/issuer/README.md");
  const missing = servers.filter(
    (name) => name !== "webhook" && !new RegExp(`\\b${name}\\b`, "i").test(index),
  );
  assert.deepEqual(missing, [], "docs/issuer/README.md");
});

// Rates and lives

test("the rate limits are those that the guide says", () => {
  const guide = read("docs/issuer/settings.md");
  const window = Number(/WINDOW_SECONDS: u64 = (\d+)/.exec(read("worker/src/limits.rs"))?.[1]);
  const [production] = read("wrangler.toml").split(/^\[env\.\w+\]/m);
  const rates = [
    ...production.matchAll(
      /^name = "(\w+_RATE)"\n.*\nsimple = \{ limit = (\d+), period = (\d+) \}/gm,
    ),
  ];
  assert.deepEqual(sorted(rates.map(([, name]) => name)), sorted(all(guide, /`(\w+_RATE)`/g)));
  for (const [, name, limit, period] of rates) {
    const row = `| \`${name}\` | rate limit, ${Number(limit).toLocaleString("en")} in ${period} s:`;
    assert.ok(guide.includes(row), row);
    assert.equal(Number(period), window, `${name}: the Retry-After of worker/src/limits.rs`);
    // A text message has two receipts: sent, and delivered or not.
    if (name === "RECEIPT_RATE")
      assert.match(
        read("docs/issuer/providers.md"),
        new RegExp(`more than ${Number(limit) / window / 2} text messages a second`),
      );
  }
});

test("the script tag counts a response as expired when the server does by default", () => {
  const [, server] =
    /"ATTESTATION_LIFE_SECONDS", \d+, \d+, "(\d+)"/.exec(read("worker/src/settings/limits.rs")) ??
    [];
  const [, tag] = /const life = ([\d_]+);/.exec(read("packages/warifu/loader/container.js")) ?? [];
  assert.equal(Number(tag?.replaceAll("_", "")), Number(server) * 1000);
});

// Headers

test("the headers of every answer are held by the tests and told by the contract", () => {
  const given = [
    ...block("worker/src/router.rs", "fn finish").matchAll(/with_header\("([\w-]+)", "([^"]+)"\)/g),
  ];
  assert.deepEqual(Object.fromEntries(given.map(([, name, value]) => [name, value])), everyAnswer);
  for (const [name, value] of Object.entries(everyAnswer)) {
    assert.ok(openapi.info.description.includes(`\`${name}: ${value}\``), name);
  }
});
