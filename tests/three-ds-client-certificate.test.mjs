// Results to a directory server that demands a client certificate. On Cloudflare a binding shows it;
// here another binding stands in its place, behind which this process speaks TLS.
import assert from "node:assert/strict";
import { createServer, request as askSecurely } from "node:https";
import { after, test } from "node:test";
import { directoryServer } from "../examples/three-ds/directory-server.mjs";
import { startThreeDs } from "./support/three-ds/bench.mjs";
import { cresOf } from "./support/three-ds/messages.mjs";
import { posted } from "./support/three-ds/pages.mjs";
import { makeCertificate } from "./support/three-ds/certificates.mjs";

const ours = await makeCertificate("acs.example");
const another = await makeCertificate("another.example");
const theirs = await makeCertificate("localhost");

const directory = directoryServer({ acs: "http://localhost", key: "" });
/** Who connected. @type {string[]} */
const clients = [];
const server = createServer(
  { key: theirs.key, cert: theirs.cert, ca: ours.cert, requestCert: true },
  (request, response) => {
    const socket = /** @type {import("node:tls").TLSSocket} */ (request.socket);
    clients.push(String(socket.getPeerCertificate().subject.CN));
    void directory.take(request, response);
  },
);
await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
after(() => {
  server.closeAllConnections();
  server.close();
});
const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());

/**
 * Stands for a binding of `mtls_certificates`: it sends each request on with a client certificate, and
 * fails as that would where no connection is made.
 * @param {{ key?: string, cert?: string }} certificate
 */
const showing = (certificate) => async (/** @type {Request} */ request) => {
  const body = Buffer.from(await request.arrayBuffer());
  const { promise, resolve, reject } = Promise.withResolvers();
  const { key, cert } = certificate;
  const asked = askSecurely(
    {
      ...{ host: "localhost", port, path: new URL(request.url).pathname, method: request.method },
      ...{ key, cert, ca: theirs.cert, agent: false },
      headers: { ...Object.fromEntries(request.headers), host: `localhost:${port}` },
    },
    async (answer) => {
      const chunks = [];
      for await (const chunk of answer) chunks.push(chunk);
      resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode }));
    },
  );
  asked.on("error", reject);
  asked.end(body);
  return promise;
};

const bench = await startThreeDs({
  more: Object.fromEntries(
    ["OURS", "ANOTHER", "NONE"].map((name) => [
      name.toLowerCase(),
      { client_certificate: name, development_origin: undefined },
    ]),
  ),
  options: {
    services: { OURS: showing(ours), ANOTHER: showing(another), NONE: showing({}) },
  },
});
const { begun, enterCode } = bench;

test("the certificate of the binding is shown, and the result is taken", async () => {
  const shown = await begun({ id: "ours" });
  assert.deepEqual(posted(await enterCode(shown)).message, cresOf(shown, "Y"));
  const [{ message }] = await directory.until(shown.areq.dsTransID, "RReq");
  assert.equal(message.transStatus, "Y");
  assert.deepEqual(clients, ["acs.example"]);
  await bench.worker.prints("result_told");
});

for (const id of ["another", "none"]) {
  test(`without it (${id}) nothing is told, and the end is the same`, async () => {
    const shown = await begun({ id });
    assert.deepEqual(posted(await enterCode(shown)).message, cresOf(shown, "Y"));
    assert.deepEqual(directory.of(shown.areq.dsTransID), []);
    await bench.pass(10, shown);
    await bench.worker.prints(`"directory_server":"${id}"`);
  });
}

test("a directory server that demands one was asked with the right one alone", () => {
  assert.deepEqual(new Set(clients), new Set(["acs.example"]));
});
