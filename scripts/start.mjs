// npm start: from a fresh clone to a page that leads to two shops and a member site to try it in, an outbox
// to read the codes in, and the documents.
import { existsSync } from "node:fs";
import { publicOrigin } from "../examples/three-ds/messages.mjs";
import { hasDesktop, openPage } from "./lib/desktop.mjs";
import { at, paths } from "./lib/paths.mjs";
import { Failure, main, run, say, step } from "./lib/run.mjs";
import { needPort, startServer } from "./lib/server.mjs";
import { toolEnv } from "./lib/toolchain.mjs";
import { startWorker } from "./lib/worker.mjs";
import { devVar, seed, writeDemo } from "./seed.mjs";

const workerPort = 8787;
const shopPort = 8788;
const memberSitePort = 8789;
const docsPort = 8790;
const threeDsPort = 8791;

/** @param {number} port */
const local = (port) => `http://localhost:${port}`;

/** The directory server in the shop with 3-D Secure, as the Worker knows it. */
const directoryServer = {
  id: "demo",
  versions: ["2.2.0", "2.3.1"],
  results_origins: [publicOrigin],
  development_origin: local(threeDsPort),
  acs_reference_number: "DEMO_ACS_0001",
  eci: { authenticated: "05", not_authenticated: "07" },
  authentication_value: "hmac",
};

await main(async () => {
  await needPort(workerPort, "Worker");
  await needPort(shopPort, "shop");
  await needPort(memberSitePort, "member site");
  await needPort(docsPort, "documents");
  await needPort(threeDsPort, "shop with 3-D Secure");
  const isFirst = !existsSync(paths.demo);
  await run(process.execPath, [at("scripts/setup.mjs")]);
  await run(process.execPath, [at("scripts/build.mjs")]);

  const interruption = stopWhenInterrupted();
  const worker = await step("Starting the Worker", () =>
    startWorker({
      port: workerPort,
      persist: paths.state,
      rebuild: true,
      vars: {
        DEMO_SHOP: local(shopPort),
        DEMO_MEMBER_SITE: local(memberSitePort),
        MEMBER_SITE_URL: local(memberSitePort),
        DEMO_DOCS: local(docsPort),
        DEMO_THREE_DS: local(threeDsPort),
        DIRECTORY_SERVERS: JSON.stringify([directoryServer]),
      },
    }),
  );
  interruption.servers.push(worker);
  const demo = {
    ...(await seed(worker.origin, local(shopPort))),
    memberSite: local(memberSitePort),
    threeDs: local(threeDsPort),
  };
  writeDemo(demo);
  const shop = await step("Starting the shop", () => startShop(demo));
  interruption.servers.push(shop);
  const memberSite = await step("Starting the member site", () => startMemberSite(demo));
  interruption.servers.push(memberSite);
  const threeDs = await step("Starting the shop with 3-D Secure", () => startThreeDs(demo));
  interruption.servers.push(threeDs);
  const docs = await step("Starting the documents", startDocs);
  interruption.servers.push(docs);

  say(welcome(demo, docs.origin));
  // Once: a tab more at each start would be in the way.
  if (isFirst && hasDesktop(process.env, process.stdout.isTTY)) openPage(worker.origin);
  const ended = await Promise.race([
    worker.ended.then(() => "Worker"),
    shop.ended.then(() => "shop"),
    memberSite.ended.then(() => "member site"),
    threeDs.ended.then(() => "shop with 3-D Secure"),
    docs.ended.then(() => "server of the documents"),
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
      OUTBOX_URL: `${demo.worker}/dev/outbox`,
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

/** The shop with 3-D Secure has the directory server in it. @param {import("./seed.mjs").Demo} demo */
function startThreeDs(demo) {
  return startServer({
    name: "shop with 3-D Secure",
    args: [at("examples/three-ds/server.mjs")],
    port: threeDsPort,
    ready: "/",
    echo: true,
    env: {
      ...toolEnv(),
      PORT: String(threeDsPort),
      WARIFU_URL: demo.worker,
      DIRECTORY_SERVER_KEY: devVar("DIRECTORY_SERVER_KEYS").split(":")[1],
      OUTBOX_URL: `${demo.worker}/dev/outbox`,
      CARD: demo.card,
      SMS_CARD: demo.smsCard,
    },
  });
}

function startDocs() {
  return startServer({
    name: "server of the documents",
    args: [at("scripts/docs/server.mjs")],
    port: docsPort,
    ready: "/README.md",
    env: { ...toolEnv(), PORT: String(docsPort) },
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

/** @param {import("./seed.mjs").Demo} demo @param {string} docs */
function welcome({ worker, shop, memberSite, threeDs }, docs) {
  return `
  Warifu is running on this machine. Nothing is sent to anybody.

  Open this; it leads to all the others, and says what to try in two minutes:

    はじめに     Start here   ${worker}

    ショップ     Shop         ${shop}
    3-Dセキュア  3-D Secure   ${threeDs}
    送信箱       Outbox       ${worker}/dev/outbox
    会員サイト   Member site  ${memberSite}
    文書         Documents    ${docs}

  Ctrl-C stops all of them.
`;
}
