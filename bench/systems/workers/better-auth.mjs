// better-auth with its plugin emailOTP on KV. tsc leaves this file out, because its packages are in
// bench/node_modules, which `npm run check` does not install.
//
// Sessions and codes are in its secondaryStorage, on KV. Users need a database; they are in KV too,
// by a small adapter. Its own limit of requests of one address is off, because all flows come from one.
import { env, waitUntil } from "cloudflare:workers";
import { betterAuth } from "better-auth";
import { createAdapterFactory } from "better-auth/adapters";
import { emailOTP } from "better-auth/plugins/email-otp";
import { limited, sendLater } from "./peer.mjs";

/** The shortest life of a value that KV takes, in seconds. */
const shortest = 60;

const secondaryStorage = {
  get: (key) => env.KV.get(key),
  set: (key, value, ttl) =>
    env.KV.put(key, value, ttl ? { expirationTtl: Math.max(ttl, shortest) } : undefined),
  delete: (key) => env.KV.delete(key),
  // KV does both in no one step.
  async getAndDelete(key) {
    const value = await env.KV.get(key);
    await env.KV.delete(key);
    return value;
  },
  // Only its own limit of requests asks this.
  increment: () => Promise.reject(new Error("not counted here")),
};

/** Users by id, and their ids by address. Of other models none is stored. */
const users = createAdapterFactory({
  config: { adapterId: "kv-users", adapterName: "Users on KV", supportsDates: false },
  adapter: () => ({
    async create({ model, data }) {
      if (model !== "user") throw new Error(`no ${model} is stored`);
      await env.KV.put(`user:${data.id}`, JSON.stringify(data));
      await env.KV.put(`user-of:${data.email}`, data.id);
      return data;
    },
    async findOne({ model, where }) {
      if (model !== "user") return null;
      const [{ field, value }] = where;
      const id = field === "email" ? await env.KV.get(`user-of:${value}`) : value;
      return id === null ? null : env.KV.get(`user:${id}`, "json");
    },
    findMany: async () => [],
    count: async () => 0,
    update: unused,
    updateMany: unused,
    delete: unused,
    deleteMany: unused,
  }),
});

async function unused() {
  throw new Error("no flow of the bench changes or deletes a user");
}

const auth = betterAuth({
  baseURL: env.ORIGIN,
  secret: env.SECRET,
  database: users,
  secondaryStorage,
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
  advanced: { backgroundTasks: { handler: waitUntil } },
  plugins: [emailOTP({ sendVerificationOTP: async ({ email, otp }) => sendLater(email, otp) })],
});

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/healthz") return new Response("ok");
    if (pathname === "/register") return register(await request.json());
    // Each request of the flow: send, verify, redeem.
    if (await limited(request)) return new Response(null, { status: 429 });
    return auth.handler(request);
  },
};

/** Registers a user, which is not measured. */
async function register({ email }) {
  const { internalAdapter } = await auth.$context;
  await internalAdapter.createUser({ email, name: "", emailVerified: true });
  return new Response(null, { status: 204 });
}
