// What test files keep for each other is made anew when its text or the code that makes it changes.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { kept } from "./support/kept.mjs";

test("a value is kept for its text and for the code that makes it", () => {
  const text = randomUUID();
  let made = 0;
  const make = () => ({ made: ++made });
  assert.deepEqual([kept(text, make), kept(text, make)], [{ made: 1 }, { made: 1 }]);
  assert.deepEqual(kept(`${text}.`, make), { made: 2 });
  assert.deepEqual(
    kept(text, () => ({ otherwise: true })),
    { otherwise: true },
  );
});
