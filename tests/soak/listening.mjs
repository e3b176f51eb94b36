// What a browser asks the form and is answered, into the books: the requests of the real widget and of
// pages without script.
import { reading } from "./steps/reading.mjs";
import { purchaseOf } from "./client.mjs";

/**
 * @typedef {import("./client.mjs").Context} Context
 * @typedef {import("playwright-core").Page} Page
 * @typedef {import("playwright-core").Request} Request
 * @typedef {import("./books/books.mjs").Span} Span
 */

/** @param {Context} context @param {Page} page */
export function listen(context, page) {
  const { world, note, counts } = context;
  const { ledger } = purchaseOf(context);
  /** What is done when a request ends. @type {Map<Request, (answer: import("../support/api.mjs").Answer | null) => void>} */
  const underWay = new Map();

  page.on("request", (request) => {
    const action =
      new URL(request.url()).pathname.match(/^\/challenge\/[^/]+(?:\/(\w+))?$/)?.[1] ?? "";
    const isForm = request.url().includes(`/challenge/${ledger.id}`);
    if (!isForm) return;
    counts["requests of Chromium"] = (counts["requests of Chromium"] ?? 0) + 1;
    const end = world.span();
    const post = request.method() === "POST";
    if (post && action === "verify") underWay.set(request, typing(request, end));
    else if (post && action === "resend") {
      const ordered = world.books.sends.asking(ledger, true, end());
      underWay.set(request, (answer) =>
        ordered(!answer || answer.status === 200 || answer.status === 303),
      );
    } else if (request.resourceType() === "document") {
      const ordered = world.books.sends.asking(ledger, false, end());
      underWay.set(request, (answer) => {
        ordered(true);
        if (answer) takes(answer, end());
      });
    }
  });
  page.on("requestfailed", (request) => ends(request, null));
  page.on("requestfinished", (request) => void answered(request));

  /** @param {Request} request */
  async function answered(request) {
    const response = await request.response().catch(() => null);
    if (!response || !underWay.has(request)) return ends(request, null);
    const headers = new Headers(await response.allHeaders().catch(() => ({})));
    const status = response.status();
    // A redirect has no body, and one whose page went on cannot be read any more.
    const text = status === 303 ? "" : await response.text().catch(() => null);
    if (text === null) return ends(request, null);
    const isJson = headers.get("content-type")?.includes("json");
    const answer = { status, headers, text, body: isJson ? JSON.parse(text) : null };
    if (status >= 500) {
      const [type] = (headers.get("content-type") ?? "").split(";");
      const about = { what: request.url().split("/").at(-1) ?? "", status, type };
      const fault = { ...about, code: answer.body?.code, retry: headers.get("retry-after") };
      world.books.answered(context.flow.n, fault, world.mayBeUnavailable(about.what));
    }
    ends(request, status >= 500 ? null : answer);
  }

  /** @param {Request} request @param {import("../support/api.mjs").Answer | null} answer */
  function ends(request, answer) {
    const told = underWay.get(request);
    underWay.delete(request);
    if (told)
      note(
        `${request.method()} ${request.url().split("/").at(-1)?.slice(0, 8)}: ${answer?.status ?? "no answer"}`,
      );
    told?.(answer);
  }

  /** @param {Request} request @param {() => Span} end */
  function typing(request, end) {
    const body = request.postData() ?? "";
    const { code = "", attempt_id = "" } = body.startsWith("{")
      ? JSON.parse(body)
      : Object.fromEntries(new URLSearchParams(body));
    const attempt = `${attempt_id || "unnamed"} ${code}`;
    const told = world.books.tries.typing(ledger, { code, attempt, from: "sent" });
    return (/** @type {import("../support/api.mjs").Answer | null} */ answer) => {
      const span = end();
      const read = answer && reading(answer);
      told(read?.verdict ?? null, span);
      if (answer) takes(answer, span);
    };
  }

  /** @param {import("../support/api.mjs").Answer} answer @param {Span} span */
  function takes(answer, span) {
    const { status, response, transStatus } = reading(answer);
    if (response) purchaseOf(context).response = response;
    if (status) world.books.sawStatus(ledger, status, span);
    if (transStatus) {
      world.books.results.lastPage(ledger, transStatus);
      world.takeResults();
    }
  }
}
