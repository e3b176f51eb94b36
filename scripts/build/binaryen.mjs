// wasm-opt and its kin, which are wasm themselves: they follow every block of a function into the
// next, and our largest functions nest so deeply that the usual stack is not always enough.
import { spawnSync } from "node:child_process";
import { Failure } from "../lib/run.mjs";
import { nodeTool } from "../lib/toolchain.mjs";

/** In KB; a process has 8 MB on every system that this is built on. */
const stack = 4000;

/**
 * Runs one of the tools.
 * @param {"wasm-opt" | "wasm-dis" | "wasm-as"} tool
 * @param {string[]} args
 * @returns {string} what it printed
 */
export function binaryen(tool, args) {
  const given = [`--stack-size=${stack}`, nodeTool(tool), ...args];
  const { status, signal, error, stdout, stderr } = spawnSync(nodeTool("node"), given, {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (status === 0) return stdout.trim();
  const why = `${error?.message ?? ""}${stderr ?? ""}`.slice(-2000);
  throw new Failure(`\`${[tool, ...args].join(" ")}\` failed (${status ?? signal}).\n${why}`);
}
