// Settings of the couriers that must be refused: nothing is served, and the log names the setting.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertProblem, client } from "./support/api.mjs";
import { startWorker } from "./support/worker.mjs";

const production = {
  WARIFU_ENV: "production",
  PUBLIC_ORIGIN: "https://otp.example",
  EMAIL_COURIER: "cloudflare",
  SMS_COURIER: "none",
};
const vonage = { VONAGE_API_KEY: "abcd1234", VONAGE_FROM: "WARIFU" };

/** @type {[string, string, import("./support/worker.mjs").WorkerOptions][]} */
const refused = [
  ["a provider that nobody knows", "EMAIL_COURIER", { vars: { EMAIL_COURIER: "ses,smtp" } }],
  ["a provider of another channel", "SMS_COURIER", { vars: { SMS_COURIER: "ses" } }],
  [
    "a provider without its secret",
    "VONAGE_API_SECRET",
    { vars: { SMS_COURIER: "vonage", ...vonage } },
  ],
  [
    "a list that outlasts the request",
    "PROVIDER_TIMEOUT_SECONDS",
    {
      vars: {
        SMS_COURIER: "twilio,vonage,webhook",
        TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
        TWILIO_AUTH_TOKEN: "hidden-secret",
        TWILIO_FROM: "WARIFU",
        ...vonage,
        VONAGE_API_SECRET: "hidden-secret",
        COURIER_WEBHOOK_URL: "https://gateway.example/otp",
        COURIER_WEBHOOK_SECRETS: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        PROVIDER_TIMEOUT_SECONDS: "10",
      },
    },
  ],
  [
    "servers in place of providers in production",
    "PROVIDER_ORIGINS",
    { environment: "", vars: { ...production, PROVIDER_ORIGINS: "ses=http://127.0.0.1:1" } },
  ],
];

for (const [what, setting, options] of refused) {
  test(`${what} is refused: nothing is served, and the log names ${setting}`, async () => {
    const worker = await startWorker(options);
    try {
      const api = client(worker.origin);
      for (const path of ["/healthz", "/.well-known/jwks.json"]) {
        assertProblem(await api.get(path), 500, "misconfigured");
      }
      await worker.prints(`"why":"${setting}`);
      assert.ok(!worker.output().includes("hidden-secret"));
    } finally {
      await worker.stop();
    }
  });
}
