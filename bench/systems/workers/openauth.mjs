// OpenAuth's issuer with its CodeProvider and its CodeUI, on its CloudflareStorage. tsc leaves this
// file out, because its packages are in bench/node_modules, which `npm run check` does not install.
//
// The issuer is made once for an isolate. OpenAuth's own example makes it for each request, which then
// reads the signing and encryption keys from KV each time.
import { env, waitUntil } from "cloudflare:workers";
import { issuer } from "@openauthjs/openauth";
import { CodeProvider } from "@openauthjs/openauth/provider/code";
import { createSubjects } from "@openauthjs/openauth/subject";
import { CloudflareStorage } from "@openauthjs/openauth/storage/cloudflare";
import { CodeUI } from "@openauthjs/openauth/ui/code";
import { limited, sendLater } from "./peer.mjs";

const subjects = createSubjects({
  user: {
    "~standard": {
      version: 1,
      vendor: "bench",
      validate: (value) => ({ value }),
    },
  },
});

/**
 * The KV namespace, with lives of at least 60 seconds. CloudflareStorage reads the clock twice to
 * write an authorization code for 60 seconds. When a millisecond passes in between, it asks for 59,
 * which KV refuses, and the flow fails. On the platform the clock stands still in between.
 */
const namespace = {
  get: (key, type) => env.KV.get(key, type),
  put: (key, value, { expirationTtl }) =>
    env.KV.put(key, value, { expirationTtl: expirationTtl && Math.max(expirationTtl, 60) }),
  delete: (key) => env.KV.delete(key),
  list: (options) => env.KV.list(options),
};

const app = issuer({
  storage: CloudflareStorage({ namespace }),
  subjects,
  providers: {
    code: CodeProvider(
      CodeUI({
        sendCode: async ({ email }, code) => waitUntil(sendLater(email, code)),
      }),
    ),
  },
  success: async (ctx, { claims }) => ctx.subject("user", { email: claims.email }),
});

/** The requests of a flow in which Warifu's ask a rate limit too: begin, send, verify, redeem. */
const counted = ["GET /authorize", "POST /code/authorize", "POST /token"];

export default {
  async fetch(request, _env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === "/healthz") return new Response("ok");
    if (counted.includes(`${request.method} ${pathname}`) && (await limited(request))) {
      return new Response(null, { status: 429 });
    }
    return app.fetch(request, env, ctx);
  },
};
