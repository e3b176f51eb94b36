// The issuer's site for its members, where they change how they are authenticated, say which purchase is
// theirs, and what they are about to pay: node server.mjs
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { expectPage, memberPage, problemPage, termsPage } from "./views.mjs";
import {
  contentSecurityPolicy,
  enrollmentUrl,
  expect,
  expectNothing,
  readCardholder,
  Refused,
  release,
  waitingPurchases,
} from "./warifu.mjs";
import { members, words } from "./words.mjs";

/**
 * @typedef {{ member: string, lang: "ja" | "en" }} Visitor
 * @typedef {{ status?: number, location?: string, type?: string, body?: string | Buffer }} Reply
 */
const port = Number(process.env.PORT ?? 8789);
const site = process.env.MEMBER_SITE_URL ?? `http://localhost:${port}`;

/** Who is here. This demonstration lets you choose; a real site knows it from its session alone.
 * @param {URLSearchParams} query @returns {Visitor} */
function visitorOf(query) {
  const member = query.get("member") ?? Object.keys(members)[0];
  return {
    member: /^\w[\w.-]*$/.test(member) ? member : "unknown",
    lang: query.get("lang") === "en" ? "en" : "ja",
  };
}

/** What was done is in the address they come back with; what is registered, only Warifu says.
 * @param {Visitor} visitor @param {string | null} done @param {string | null} named
 * @returns {Promise<Reply>} */
async function show(visitor, done, named) {
  const { member } = visitor;
  const [cardholder, purchases] = await Promise.all([
    readCardholder(member),
    waitingPurchases(member, named),
  ]);
  return { body: memberPage(visitor, cardholder, purchases, done) };
}

/** @param {Visitor} visitor @returns {Promise<Reply>} */
async function change(visitor) {
  const back = `${site}/?${new URLSearchParams(visitor)}`;
  return { status: 303, location: await enrollmentUrl(visitor.member, visitor.lang, back) };
}

/** Warifu checks that the challenge is the member's. @param {Visitor} visitor
 * @param {string} challenge @returns {Promise<Reply>} */
async function confirm(visitor, challenge) {
  await release(visitor.member, challenge);
  const said = new URLSearchParams({ ...visitor, done: "released" });
  return { status: 303, location: `${site}/?${said}` };
}

/** @param {Visitor} visitor @param {string | null} done @returns {Promise<Reply>} */
const askAmount = async (visitor, done) => ({
  body: expectPage(visitor, await readCardholder(visitor.member), done),
});

/** The amount as the member typed it: also in full-width digits, with commas and a sign.
 * @param {Visitor} visitor @param {string} typed @returns {Promise<Reply>} */
async function expectAmount(visitor, typed) {
  const digits = typed.normalize("NFKC").replaceAll(/[\s,\u00a5円]/g, "");
  if (!/^[1-9]\d{0,11}$/.test(digits)) return problem(visitor, 422, "amount");
  await expect(visitor.member, Number(digits));
  return backToAmount(visitor, "expected");
}

/** @param {Visitor} visitor @returns {Promise<Reply>} */
async function takeBack(visitor) {
  await expectNothing(visitor.member);
  return backToAmount(visitor, "unexpected");
}

/** @param {Visitor} visitor @param {string} done @returns {Reply} */
const backToAmount = (visitor, done) => ({
  status: 303,
  location: `${site}/expect?${new URLSearchParams({ ...visitor, done })}`,
});

/** The fields of a small form. @param {import("node:http").IncomingMessage} request */
async function fieldsOf(request) {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > 1000) break;
  }
  return new URLSearchParams(text);
}

/** A form of this site, not one by which another site makes a member's browser post.
 * @param {import("node:http").IncomingHttpHeaders} headers */
const isOurs = (headers) => headers["sec-fetch-site"] === "same-origin" || headers.origin === site;

/** @param {import("node:http").IncomingMessage} request @param {URL} url @returns {Promise<Reply>} */
async function route(request, { pathname, searchParams }) {
  const { method, headers } = request;
  const visitor = visitorOf(searchParams);
  switch (`${method} ${pathname}`) {
    case "GET /":
      return show(
        visitor,
        searchParams.get("warifu-enrollment") ?? searchParams.get("done"),
        searchParams.get("warifu-challenge"),
      );
    case "POST /change":
      return isOurs(headers) ? change(visitor) : problem(visitor, 403, "foreign");
    case "POST /release":
      return isOurs(headers)
        ? confirm(visitor, searchParams.get("challenge") ?? "")
        : problem(visitor, 403, "foreign");
    case "GET /expect":
      return askAmount(visitor, searchParams.get("done"));
    case "POST /expect":
      return isOurs(headers)
        ? expectAmount(visitor, (await fieldsOf(request)).get("amount") ?? "")
        : problem(visitor, 403, "foreign");
    case "POST /expect-nothing":
      return isOurs(headers) ? takeBack(visitor) : problem(visitor, 403, "foreign");
    case "GET /terms":
      return { body: termsPage(visitor) };
    case "GET /style.css":
    case "GET /icon.svg":
      return {
        type: pathname.endsWith(".css") ? "text/css" : "image/svg+xml",
        body: await readFile(new URL(pathname.slice(1), import.meta.url)),
      };
    default:
      return problem(visitor, 404, "missing");
  }
}

/** @param {Visitor} visitor @param {number} status @param {string} why @returns {Reply} */
const problem = (visitor, status, why) => ({ status, body: problemPage(visitor, why) });

/** The member reads a sentence of ours; the API's own words are for the log.
 * @param {Visitor} visitor @param {unknown} error @returns {Reply} */
function failure(visitor, error) {
  if (!(error instanceof Refused)) console.error(error);
  else if (error.code in words.ja.problems) return problem(visitor, error.status, error.code);
  else console.error(error.message);
  return problem(visitor, 502, "trouble");
}

createServer(async (request, response) => {
  const url = URL.parse(request.url ?? "/", site) ?? new URL("/missing", site);
  const reply = await route(request, url).catch((error) =>
    failure(visitorOf(url.searchParams), error),
  );
  response.writeHead(reply.status ?? 200, {
    "content-type": `${reply.type ?? "text/html"}; charset=utf-8`,
    "content-security-policy": contentSecurityPolicy,
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    ...(reply.location ? { location: reply.location } : {}),
  });
  response.end(reply.body);
}).listen(port, "localhost", () => console.log(`${words.ja.name}: ${site}`));
