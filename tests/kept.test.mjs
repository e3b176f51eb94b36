// What test files keep for each other is made anew when its text or the code that makes it changes.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { kept } from "./support/kept.mjs";

test("a value is kept for its text and for the code that makes it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "warifu-kept-"));
  after(() => rm(folder, { recursive: true }));
  let made = 0;
  const make = () => ({ made: ++made });
  const both = [kept("text", make, folder), kept("text", make, folder)];
  assert.deepEqual(both, [{ made: 1 }, { made: 1 }]);
  assert.deepEqual(kept("another text", make, folder), { made: 2 });
  assert.deepEqual(
    kept("text", () => ({ otherwise: true }), folder),
    { otherwise: true },
  );
});
