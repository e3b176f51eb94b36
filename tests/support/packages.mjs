// The large packages of the tests. Each is loaded when a file first needs it, and by `require`: an
// `import` of a CommonJS bundle reads it once more, for the names that it exports.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

export const wrangler = () => /** @type {typeof import("wrangler")} */ (require("wrangler"));
export const miniflare = () => /** @type {typeof import("miniflare")} */ (require("miniflare"));
export const playwright = () =>
  /** @type {typeof import("playwright-core")} */ (require("playwright-core"));
export const esbuild = () => /** @type {typeof import("esbuild")} */ (require("esbuild"));
export const vueCompiler = () =>
  /** @type {typeof import("vue/compiler-sfc")} */ (require("vue/compiler-sfc"));
export const puppeteer = () =>
  /** @type {typeof import("puppeteer-core")} */ (require("puppeteer-core"));
export const selenium = () =>
  /** @type {typeof import("selenium-webdriver")} */ (require("selenium-webdriver"));
export const seleniumRemote = () =>
  /** @type {typeof import("selenium-webdriver/remote", { with: { "resolution-mode": "require" } })} */ (
    require("selenium-webdriver/remote")
  );
