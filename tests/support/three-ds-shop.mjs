// The example shop with 3-D Secure as a process of its own, with the directory server in it.
import { randomBytes } from "node:crypto";
import { after } from "node:test";
import { client } from "./api.mjs";
import { registerCardholder } from "./demo.mjs";
import { startProcess } from "./example.mjs";
import { addCard, settingsOf } from "./three-ds.mjs";
import { quietPort, startWorker } from "./worker.mjs";

/** A Worker, and the shop before it with a card for each way to get codes. */
export async function startThreeDsShop() {
  const key = randomBytes(24).toString("hex");
  const port = await quietPort();
  const origin = `http://localhost:${port}`;
  const worker = await startWorker({ vars: settingsOf({ origin, key }) });
  after(() => worker.stop());
  const api = client(worker.origin);
  const cards = { email: "4111111111111111", sms: "4012888888881881" };
  const cardholders = {
    email: await registerCardholder(api, { channel: "email" }),
    sms: await registerCardholder(api, { channel: "sms" }),
  };
  await addCard(api, cardholders.email, cards.email);
  await addCard(api, cardholders.sms, cards.sms);
  const stop = await startProcess("examples/three-ds/server.mjs", {
    PORT: String(port),
    SHOP_URL: origin,
    WARIFU_URL: worker.origin,
    DIRECTORY_SERVER_KEY: key,
    OUTBOX_URL: `${worker.origin}/dev/outbox`,
    CARD: cards.email,
    SMS_CARD: cards.sms,
  });
  after(stop);
  return { worker, api, origin, cards, cardholders };
}
