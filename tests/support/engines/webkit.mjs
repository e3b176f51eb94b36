// WebKitGTK's MiniBrowser, by its driver and W3C WebDriver.
import { spawn } from "node:child_process";
import { webkitDriver, xvfb } from "../../../scripts/lib/browser.mjs";
import { selenium, seleniumRemote } from "../packages.mjs";
import { quietPort } from "../ports.mjs";
import { view } from "./tab.mjs";

/** @typedef {import("./tab.mjs").Where} Where */

/** @returns {Promise<import("./tab.mjs").Engine>} */
export async function startWebkit() {
  const display = await startDisplay();
  const { DriverService } = seleniumRemote();
  const service = new DriverService.Builder(webkitDriver() ?? "WebKitWebDriver")
    .setHostname("127.0.0.1")
    .setPort(await quietPort())
    .setEnvironment({ ...process.env, DISPLAY: display.name })
    .build();
  const address = await service.start();
  const first = await session(address, {});
  const version = (await first.getCapabilities()).getBrowserVersion();
  await first.quit();
  return {
    name: `WebKitGTK ${version}`,
    repeats: false,
    tellsInFrames: false,
    tab: async (profile = {}) => {
      const driver = await session(address, profile);
      const window = await driver.getWindowHandle();
      return drivenBy(driver, window, { window });
    },
    async close() {
      await service.kill();
      await display.stop();
    },
  };
}

/**
 * Xvfb on a display number that is free.
 * @returns {Promise<{ name: string, stop: () => Promise<void> }>}
 */
async function startDisplay() {
  const args = [
    "-displayfd",
    "1",
    "-screen",
    "0",
    `${view.width}x${view.height}x24`,
    "-nolisten",
    "tcp",
  ];
  const child = spawn(xvfb() ?? "Xvfb", args, { stdio: ["ignore", "pipe", "ignore"] });
  const end = () => void child.kill();
  process.once("exit", end);
  const number = await new Promise((resolve, reject) => {
    child.stdout.setEncoding("utf8").once("data", resolve);
    child.once("error", reject);
    child.once("exit", () => reject(new Error("Xvfb did not start")));
  });
  return {
    name: `:${number.trim()}`,
    async stop() {
      process.off("exit", end);
      const ended = new Promise((resolve) => child.once("close", resolve));
      end();
      await ended;
    },
  };
}

/**
 * A MiniBrowser of its own, which keeps nothing.
 * @param {string} address of the driver
 * @param {import("./tab.mjs").Profile} profile
 */
async function session(address, { script = true, storage = true, restores = true }) {
  const { Builder, Capabilities } = selenium();
  const args = [
    ...["--automation", `--enable-javascript=${script}`, `--enable-page-cache=${restores}`],
    ...(storage ? [] : ["--cookies-policy=never", "--enable-html5-local-storage=false"]),
    // Our page by itself gets a process of its own by this policy. Where it is loaded anew at Back, the
    // driver waits for the former process for ever.
    ...(restores ? [] : ["--features=-CrossOriginOpenerPolicy"]),
  ];
  const driver = await new Builder()
    .usingServer(address)
    .withCapabilities(
      new Capabilities({ browserName: "MiniBrowser", "webkitgtk:browserOptions": { args } }),
    )
    .build();
  await place(driver);
  return driver;
}

/** Gives the driver's window the place and the size of every window. @param {import("selenium-webdriver").WebDriver} driver */
const place = (driver) =>
  driver
    .manage()
    .window()
    .setRect({ x: 0, y: 0, ...view });

/**
 * @param {import("selenium-webdriver").WebDriver} driver
 * @param {string} window the tab's handle
 * @param {{ window: string }} current to which window the driver's commands go
 * @returns {import("./tab.mjs").Driven}
 */
function drivenBy(driver, window, current) {
  const { By, Key } = selenium();
  /** @type {Record<string, string>} */
  const named = { Control: Key.CONTROL, Enter: Key.ENTER, Tab: Key.TAB };
  /** @param {Where} where */
  const at = async (where) => {
    if (current.window !== window) await driver.switchTo().window(window);
    current.window = window;
    await driver.switchTo().defaultContent();
    if (where === "form") {
      await driver.switchTo().frame(await driver.findElement(By.css("iframe")));
    }
  };
  /** @param {Where} where @param {string} expression */
  const run = async (where, expression) => {
    await at(where);
    return driver.executeScript(`return (${expression})`);
  };
  return {
    open: async (url) => {
      await at("page");
      await driver.get(url);
    },
    back: async () => {
      await at("page");
      await driver.navigate().back();
    },
    forward: async () => {
      await at("page");
      await driver.navigate().forward();
    },
    reload: async () => {
      await at("page");
      await driver.navigate().refresh();
    },
    run,
    click: async (where, selector) => {
      await at(where);
      await driver.findElement(By.css(selector)).click();
    },
    clickTwice: async (where, selector) => {
      await at(where);
      const element = await driver.findElement(By.css(selector));
      await driver.actions().doubleClick(element).perform();
    },
    enter: (text) => driver.actions().sendKeys(text).perform(),
    press(key) {
      const keys = key.split("+").map((name) => named[name] ?? name);
      const actions = driver.actions();
      for (const one of keys) actions.keyDown(one);
      for (const one of keys.reverse()) actions.keyUp(one);
      return actions.perform();
    },
    picture: () => driver.takeScreenshot(),
    beside: async () => {
      // Not a tab: the driver opens it behind the other and has no way to show it. Windows are all
      // shown.
      await driver.switchTo().newWindow("window");
      await place(driver);
      current.window = await driver.getWindowHandle();
      return drivenBy(driver, current.window, current);
    },
    toFront: () => at("page"),
    close: () => driver.quit(),
  };
}
