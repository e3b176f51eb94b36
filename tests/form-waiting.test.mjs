// The challenge form while time passes: the wait before a resend, the time left, a reload, a lost
// connection.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until, withPage } from "./support/browser.mjs";
import { deliveries, eventually, readChallenge } from "./support/demo.mjs";
import { countPosts, ended, focused, startForms, text } from "./support/form.mjs";

const { api, browser, open } = await startForms();

test("resending waits, says for how long, sends, and announces it without moving the focus", () =>
  withPage(browser, {}, async (page) => {
    await page.clock.install();
    const challenge = await open(page);
    const posts = countPosts(page, "resend");
    assert.match(await text(page, "#resend"), /^OTP再送信.*\d+秒/);
    await page.click("#resend", { force: true });
    assert.equal(posts.count, 0, "a button that rests does nothing");

    await api.advance(31);
    await page.clock.fastForward(31_000);
    await page.waitForSelector('#resend[aria-disabled="false"]');
    assert.equal(await text(page, "#resend"), "OTP再送信");
    await page.focus("#resend");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#status:not(:empty)");
    assert.equal(await page.getAttribute("#status", "role"), "status");
    assert.equal(await focused(page), "resend");
    await page.waitForSelector('#resend[aria-disabled="true"]');
    assert.equal((await deliveries(api, challenge)).length, 2);
    assert.match(await text(page, "#sent"), /\*\*\*@mail\.jp/);
  }));

test("the time left is counted from what the server sent, and told at 5 minutes, 1 minute and the end", () =>
  withPage(browser, {}, async (page) => {
    await page.clock.install();
    const challenge = await open(page);
    // The news that it is sent brings the time that the server counts; nothing after it does.
    await eventually(
      () => readChallenge(api, challenge),
      ({ delivery }) => delivery === "sent",
    );
    await page.clock.runFor(1_000);
    await until(page, () =>
      document.getElementById("sent")?.textContent?.includes("送信しました。"),
    );
    const left = async () => {
      const [minutes, seconds] = (await text(page, "#timer")).match(/\d+/g)?.map(Number) ?? [];
      return minutes * 60 + seconds;
    };
    const first = await left();
    assert.ok(first > 585 && first <= 600, `${first}`);
    await page.clock.runFor(10_000);
    assert.ok(Math.abs((await left()) - (first - 10)) <= 1, `${first} -> ${await left()}`);
    /** @param {string} name @param {string} at */
    const says = (name, at) =>
      until(
        page,
        ([attribute, id]) =>
          document.getElementById(id)?.textContent ===
          document.getElementById("warifu")?.getAttribute(attribute),
        [name, at],
      );
    await page.clock.fastForward(290_000);
    await says("data-text-five", "status");
    await page.clock.fastForward(240_000);
    await says("data-text-one", "status");
    await page.clock.fastForward(60_000);
    await until(page, () => {
      const dead = document.getElementById("warifu")?.getAttribute("data-text-dead") ?? "";
      return document.body.innerText.includes(dead);
    });
  }));

test("a reload goes on counting where the server is", () =>
  withPage(browser, {}, async (page) => {
    const challenge = await open(page);
    await api.advance(120);
    await page.reload();
    await page.waitForSelector("#code");
    const left = Number(await page.getAttribute("#warifu", "data-code-expires-in"));
    assert.ok(left > 465 && left <= 480, `${left}`);
    assert.equal(await page.getAttribute("#warifu", "data-resend-in"), "0");
    assert.equal((await deliveries(api, challenge)).length, 1);
  }));

test("without a connection the form says so and works again afterwards", () =>
  withPage(browser, {}, async (page) => {
    const { code } = await open(page);
    await page.route("**/verify", (route) => route.abort());
    await page.fill("#code", code);
    await page.click("#send");
    await page.waitForSelector("#error:not(:empty)");
    assert.equal(
      await text(page, "#error"),
      await page.getAttribute("#warifu", "data-text-offline"),
    );
    await page.unroute("**/verify");
    await page.click("#send");
    await ended(page, "verified");
  }));
