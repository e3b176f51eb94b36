// npm start: from a fresh clone to a shop to try it in, and an outbox to read the codes in.
import { at, paths } from "./lib/paths.mjs";
import { Failure, main, run, say, step } from "./lib/run.mjs";
import { needPort, startServer } from "./lib/server.mjs";
import { toolEnv } from "./lib/toolchain.mjs";
import { startWorker } from "./lib/worker.mjs";
import { seed, writeDemo } from "./seed.mjs";

const workerPort = 8787;
const shopPort = 8788;

await main(async () => {
  await needPort(workerPort, "Worker");
  await needPort(shopPort, "shop");
  await run(process.execPath, [at("scripts/setup.mjs")]);
  await run(process.execPath, [at("scripts/build.mjs")]);

  const interruption = stopWhenInterrupted();
  const worker = await step("Starting the Worker", () =>
    startWorker({ port: workerPort, persist: paths.state, rebuild: true }),
  );
  interruption.servers.push(worker);
  const demo = await seed(worker.origin, `http://localhost:${shopPort}`);
  writeDemo(demo);
  const shop = await step("Starting the shop", () => startShop(demo));
  interruption.servers.push(shop);

  say(welcome(worker.origin, shop.origin));
  const ended = await Promise.race([
    worker.ended.then(() => "Worker"),
    shop.ended.then(() => "shop"),
  ]);
  if (interruption.came) return;
  throw new Failure(`The ${ended} ended by itself; the lines above say why.`);
});

/** @param {import("./seed.mjs").Demo} demo */
function startShop(demo) {
  return startServer({
    name: "shop",
    args: [at("examples/shop/server.mjs")],
    port: shopPort,
    ready: "/",
    echo: true,
    env: {
      ...toolEnv(),
      PORT: String(shopPort),
      WARIFU_URL: demo.worker,
      WARIFU_KEY: demo.merchantKey,
      CARDHOLDER: demo.cardholderId,
      SMS_CARDHOLDER: demo.smsCardholderId,
    },
  });
}

/** At Ctrl-C, stops what runs by then, waits until it has ended, and only then gives the prompt back. */
function stopWhenInterrupted() {
  const interruption = {
    came: false,
    servers: /** @type {import("./lib/server.mjs").RunningServer[]} */ ([]),
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.once(signal, async () => {
      interruption.came = true;
      await Promise.all(interruption.servers.map((server) => server.stop()));
      say("✔ Stopped.");
      process.exit(0);
    });
  }
  return interruption;
}

/**
 * @param {string} worker
 * @param {string} shop
 */
function welcome(worker, shop) {
  return `
  Warifu is running on this machine. Nothing is sent to anybody.

    ショップ  Shop     ${shop}
    送信箱    Outbox   ${worker}/dev/outbox

  Buy something in the shop; the code it asks for is in the outbox.
  Ctrl-C stops both.
`;
}
