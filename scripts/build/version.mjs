import { readFileSync } from "node:fs";
import { at } from "../lib/paths.mjs";

/** @type {string} */
export const version = JSON.parse(readFileSync(at("package.json"), "utf8")).version;
