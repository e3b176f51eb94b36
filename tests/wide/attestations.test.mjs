// The guide's samples for other libraries of Python that check an attestation, by clocks that differ from
// the issuer's. What its shops use runs in tests/wide/snippets.test.mjs.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { decodeJwt } from "jose";
import { at, paths } from "../../scripts/lib/paths.mjs";
import { startApi } from "../support/bench.mjs";
import { verifiedChallenge } from "../support/demo.mjs";
import { clocks } from "../support/clocks.mjs";
import { example } from "../support/guide.mjs";

const { worker, api } = await startApi();
const { attestation, merchant, id } = await verifiedChallenge(api);
const { iat = 0, exp = 0 } = decodeJwt(attestation);
const { body: jwks } = await api.get("/.well-known/jwks.json");

/**
 * Each library: what only its sample has, how the sample gets its keys, and the exceptions for a
 * clock that is behind and for one that is ahead.
 */
const libraries = {
  joserfc: {
    sample: example("python", "from joserfc"),
    keys: "joserfc",
    early: "InvalidClaimError",
    over: "ExpiredTokenError",
  },
  Authlib: {
    sample: example("python", "from authlib"),
    keys: "authlib",
    early: "InvalidTokenError",
    over: "ExpiredTokenError",
  },
};

/**
 * What a sample says of the attestation by some clocks: the challenge, or the exception's name.
 * @param {{ sample: string, keys: string }} library
 * @param {number[]} seconds
 * @param {string} [audience]
 * @returns {Promise<string[]>}
 */
function checked({ sample, keys }, seconds, audience = merchant.id) {
  const given = { sample, keys, jwks, clocks: seconds };
  return new Promise((resolve, reject) => {
    const child = execFile(
      join(paths.python, "bin/python"),
      [at("tests/wide/check_attestation.py")],
      { env: { ...process.env, WARIFU: worker.origin } },
      (error, output) => (error ? reject(error) : resolve(JSON.parse(output))),
    );
    child.stdin?.end(
      JSON.stringify({ ...given, arguments: [attestation, audience, worker.origin] }),
    );
  });
}

for (const [name, library] of Object.entries(libraries)) {
  test(`${name}: the guide's sample takes an attestation by clocks that are a little off`, async () => {
    const seconds = clocks.map(({ after = 0, late }) =>
      late === undefined ? iat + after : exp + late,
    );
    const expected = clocks.map(({ taken }) => (taken ? id : library.over));
    assert.deepEqual(await checked(library, seconds), expected);
    assert.deepEqual(await checked(library, [iat - 3600]), [library.early], "an hour behind");
  });

  test(`${name}: without the leeway one second behind is refused`, async () => {
    const sample = library.sample.replace("leeway=30", "leeway=0");
    assert.notEqual(sample, library.sample);
    const found = await checked({ ...library, sample }, [iat - 1, iat]);
    assert.deepEqual(found, [library.early, id]);
  });

  test(`${name}: the guide's sample takes no attestation of another merchant`, async () => {
    assert.match((await checked(library, [iat], "another"))[0], /^Invalid(Audience|Claim)Error$/);
  });
}
