// All that is printed, and failures that a person can act on.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Only its sentence is printed, never a stack. */
export class Failure extends Error {}

/** @type {{ version: string }} */
export const { version } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
);

export const usage = `warifu-sandbox ${version}: Warifu in test mode on this machine.

  --port 8787         where it listens
  --origin <origin>   an origin of your shop, such as http://localhost:3000; up to ten times.
                      Without it: the ports that development servers usually have
  --events <url>      where events of your tests are posted to
  --state <folder>    where keys and challenges are kept; .warifu-sandbox unless given
  --verbose           prints what the Worker logs
  --secrets           prints new secrets for \`wrangler deploy --secrets-file\`, and ends
  --help, --version`;

/** The test cardholders, and the course that each forces. */
const cardholders = {
  test_verified: "メール e-mail. 123456 is right",
  test_sms: "SMS. 123456 is right",
  test_app: "認証アプリ app. 123456 is right, and nothing is sent",
  test_wrong_code: "every code is wrong",
  test_expired: "expires after 30 seconds",
  test_locked: "kept out by earlier wrong codes",
  test_send_limit: "the destination takes no more messages",
  test_undeliverable: "the provider cannot reach the destination",
  test_slow_provider: "the provider does not answer in time",
  test_bounced: "the message comes back",
  test_not_enrolled: "the create answers 422 not_enrolled",
};

const guide = fileURLToPath(new URL("../built/docs/merchant/", import.meta.url));

/**
 * @param {object} facts
 * @param {string} facts.issuer
 * @param {string} facts.merchant
 * @param {string} facts.key
 * @param {string[]} facts.origins
 * @param {{ url: string, secret: string }} [facts.events]
 * @param {string} facts.state
 * @param {number} facts.seconds
 */
export const ready = ({ issuer, merchant, key, origins, events, state, seconds }) => `
  Warifu ${version} is running in test mode on this machine (started in ${seconds.toFixed(1)} s).
  テストモードです。何も、誰にも送信しません。 Nothing is sent to anybody.

    発行会社      Issuer    ${issuer}
    テスト用キー  Test key  ${key}
    加盟店        Merchant  ${merchant}
    オリジン      Origins   ${origins.join("\n                            ")}
    イベント      Events    ${events ? `${events.url}\n                            ${events.secret}` : "none (--events <url>)"}
    送信箱        Outbox    ${issuer}/dev/outbox

  ガイドのショップの設定  What the guide's shops read

    export WARIFU=${issuer}
    export WARIFU_KEY=${key}
    export WARIFU_MERCHANT=${merchant}${events ? `\n    export WARIFU_EVENTS_SECRET=${events.secret}` : ""}

  Create a challenge, open the url of the answer, and enter 123456:

    curl ${issuer}/v1/challenges \\
      -H "Authorization: Bearer ${key}" \\
      -H "Content-Type: application/json" \\
      -d '{"cardholder": "test_verified", "transaction": {"amount": 3150, "currency": "JPY",
           "purchased_at": "${new Date().toISOString()}", "card_last4": "1234"}}'

  テスト用のカード会員  Test cardholders

${Object.entries(cardholders)
  .map(([name, course]) => `    ${name.padEnd(20)}${course}`)
  .join("\n")}

  ガイド  Guide       ${guide}README.ja.md
                      ${guide}README.md
  キーの保管場所 Kept in ${state}
  Ctrl-C ends it.
`;
