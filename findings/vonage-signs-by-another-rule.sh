#!/usr/bin/env bash
# Vonage's SDK for Node signs the parameters of a text message by one rule and checks them by another:
# what its `createSignatureHash` makes, its `verifySignature` refuses.
#
# Vonage's documents have one rule for both directions: the sorted parameters, each as `&name=value`, a
# value's own `&` and `=` replaced by `_`. `verifySignature` follows it. `createSignatureHash` takes the
# parameters as a URL-encoded query without the leading `&`, and replaces the separators too. Nothing in
# the message has to be unusual for that: figures and letters are enough.
# Who signs requests with it, or tests a receiver with signatures of its making, gets ones that neither
# the documents nor the rest of the SDK take.
#
# Seen with @vonage/auth 1.18.1 and @vonage/sms 1.24.1:
#   createSignatureHash: refused
#   the documented rule: accepted
# Fails when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @vonage/auth@1.18.1 @vonage/sms@1.24.1 >/dev/null
cat >run.mjs <<'JS'
import { createHmac } from "node:crypto";
import { AlgorithmTypes, Auth } from "@vonage/auth";
import { SMS } from "@vonage/sms";
const algorithm = AlgorithmTypes.sha256hmac;
const auth = new Auth({ apiKey: "key", apiSecret: "password", signature: { secret: "secret", algorithm } });
const message = { from: "Example", to: "819012345678", text: "123456", timestamp: "1700000000" };
const { sig, ...params } = await auth.createSignatureHash(message);
const pairs = Object.keys(params).sort().map((name) => `&${name}=${params[name]}`);
const documented = createHmac("sha256", "secret").update(pairs.join("")).digest("hex");
for (const [name, signature] of [["createSignatureHash", sig], ["the documented rule", documented]]) {
  const taken = new SMS(auth).verifySignature(signature, params, "secret", algorithm);
  console.log(`${name}: ${taken ? "accepted" : "refused"}`);
}
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = $'createSignatureHash: refused\nthe documented rule: accepted' ]
