// npm start: from a fresh clone to a shop and a member site to try it in, and an outbox to read the
// codes in.
import { at, paths } from "./lib/paths.mjs";
import { Failure, main, run, say, step } from "./lib/run.mjs";
import { needPort, startServer } from "./lib/server.mjs";
import { toolEnv } from "./lib/toolchain.mjs";
import { startWorker } from "./lib/worker.mjs";
import { seed, writeDemo } from "./seed.mjs";

const workerPort = 8787;
const shopPort = 8788;
const memberSitePort = 8789;

await main(async () => {
  await needPort(workerPort, "Worker");
  await needPort(shopPort, "shop");
  await needPort(memberSitePort, "member site");
  await run(process.execPath, [at("scripts/setup.mjs")]);
  await run(process.execPath, [at("scripts/build.mjs")]);

  const interruption = stopWhenInterrupted();
  const worker = await step("Starting the Worker", () =>
    startWorker({ port: workerPort, persist: paths.state, rebuild: true }),
  );
  interruption.servers.push(worker);
  const demo = {
    ...(await seed(worker.origin, `http://localhost:${shopPort}`)),
    memberSite: `http://localhost:${memberSitePort}`,
  };
  writeDemo(demo);
  const shop = await step("Starting the shop", () => startShop(demo));
  interruption.servers.push(shop);
  const memberSite = await step("Starting the member site", () => startMemberSite(demo));
  interruption.servers.push(memberSite);

  say(welcome(demo));
  const ended = await Promise.race([
    worker.ended.then(() => "Worker"),
    shop.ended.then(() => "shop"),
    memberSite.ended.then(() => "member site"),
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
      WARIFU_EVENTS_SECRET: demo.eventsSecret,
      CARDHOLDER: demo.cardholderId,
      SMS_CARDHOLDER: demo.smsCardholderId,
    },
  });
}

/** @param {import("./seed.mjs").Demo} demo */
function startMemberSite(demo) {
  return startServer({
    name: "member site",
    args: [at("examples/member-site/server.mjs")],
    port: memberSitePort,
    ready: "/",
    echo: true,
    env: {
      ...toolEnv(),
      PORT: String(memberSitePort),
      WARIFU_URL: demo.worker,
      ISSUER_KEY: demo.issuerKey,
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

/** @param {import("./seed.mjs").Demo} demo */
function welcome({ worker, shop, memberSite }) {
  return `
  Warifu is running on this machine. Nothing is sent to anybody.

    ショップ    Shop         ${shop}
    会員サイト  Member site  ${memberSite}
    送信箱      Outbox       ${worker}/dev/outbox

  Purchase: in the shop, click 購入する (Buy); the code it asks for is in the outbox.
  Enrollment: on the member site, click 認証方式の変更; three clicks in all change where codes come.
  Ctrl-C stops all of them.
`;
}
