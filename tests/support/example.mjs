// A server of examples/ as a process of its own.
import { spawn } from "node:child_process";
import { at } from "../../scripts/lib/paths.mjs";
import { nodeTool } from "../../scripts/lib/toolchain.mjs";
import { registerCardholder, registerMerchant } from "./demo.mjs";
import { quietPort } from "./worker.mjs";

/**
 * Starts it, and waits for its one line of output, which says that it listens.
 * @param {string} file relative to the root, or absolute
 * @param {Record<string, string>} settings
 * @param {string[]} [args]
 * @returns {Promise<() => Promise<void>>} ends it
 */
export async function startProcess(file, settings, args = []) {
  const child = spawn(nodeTool("node"), [file.startsWith("/") ? file : at(file), ...args], {
    env: { ...process.env, ...settings },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const end = () => void child.kill("SIGKILL");
  process.once("exit", end);
  await new Promise((resolve, reject) => {
    child.stdout.once("data", resolve);
    child.once("exit", () => reject(new Error(`${file} did not start`)));
  });
  return async () => {
    process.off("exit", end);
    const ended = new Promise((resolve) => child.once("close", resolve));
    end();
    await ended;
  };
}

/**
 * A shop of examples/, for a merchant registered with its origin and a cardholder who gets e-mail.
 * @param {import("./api.mjs").Api} api
 * @param {string} file
 * @param {{ args?: string[], settings?: Record<string, string> }} [given]
 */
export async function startExample(api, file, { args, settings = {} } = {}) {
  const port = await quietPort();
  const origin = `http://localhost:${port}`;
  const merchant = await registerMerchant(api, { origins: [origin] });
  const cardholder = await registerCardholder(api, { channel: "email" });
  const stop = await startProcess(
    file,
    {
      ...{ PORT: String(port), SHOP_URL: origin },
      ...{ WARIFU_URL: api.origin, WARIFU_KEY: merchant.key, CARDHOLDER: cardholder.id },
      ...settings,
    },
    args,
  );
  return { origin, merchant, cardholder, stop };
}
