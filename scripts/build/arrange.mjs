// Puts functions that look alike beside each other. gzip finds what was said before only within
// the last 32 KB, and a linker's order takes no account of it: a thirtieth less to load.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { Failure } from "../lib/run.mjs";
import { binaryen } from "./binaryen.mjs";

/** How far back gzip looks, in bytes. */
const reach = 32_000;

/** How many bytes in a row have to be the same: shorter ones are the same everywhere. */
const row = 6;

/** The section of a module that holds the functions' bodies (WebAssembly §5.5.13). */
const codeSection = 10;

/**
 * Rewrites a module with its functions in another order, in place.
 * @param {string} wasm
 * @param {string[]} enabled wasm-opt's features
 */
export function arrange(wasm, enabled) {
  const order = arranged(bodies(readFileSync(wasm)).map(rows));
  const printed = `${wasm}.wat`;
  binaryen("wasm-dis", [wasm, ...enabled, "-o", printed]);
  // Calls are by name in the text, so only the order changes.
  const { before, functions, after } = split(readFileSync(printed, "utf8"));
  if (functions.length !== order.length) throw new Failure("The text has other functions.");
  const text = [...before, ...order.map((index) => functions[index]), ...after];
  writeFileSync(printed, text.join("\n"));
  binaryen("wasm-as", [printed, ...enabled, "-o", wasm]);
  rmSync(printed);
}

/**
 * The bodies of a module's functions.
 * @param {Buffer} module
 */
function bodies(module) {
  /** @type {Buffer[]} */
  const found = [];
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = module[at++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < module.length) {
    const section = module[at++];
    const end = number() + at;
    if (section === codeSection) {
      for (let left = number(); left > 0; left--) {
        const length = number();
        found.push(module.subarray(at, at + length));
        at += length;
      }
    }
    at = end;
  }
  return found;
}

/**
 * What a function has that another may have too.
 * @param {Buffer} body
 */
function rows(body) {
  const found = new Set();
  for (let at = 0; at + row <= body.length; at++) found.add(body.toString("latin1", at, at + row));
  return { length: body.length, rows: /** @type {Set<string>} */ (found) };
}

/**
 * Greedily: next comes the function of which most was said before, for its length.
 * @param {{ length: number, rows: Set<string> }[]} functions
 */
function arranged(functions) {
  /** @type {Map<string, { holders: number[], said: number }>} */
  const all = new Map();
  functions.forEach(({ rows }, index) => {
    for (const text of rows) {
      const known = all.get(text);
      if (known) known.holders.push(index);
      else all.set(text, { holders: [index], said: 0 });
    }
  });
  const shared = functions.map(({ rows }) =>
    [...rows].map((text) => all.get(text)).filter((entry) => entry && entry.holders.length > 1),
  );
  const known = new Float64Array(functions.length);
  const weight = functions.map(({ length }) => length ** 0.8 + 8);
  const left = new Set(functions.keys());
  /** @type {number[]} */
  const order = [];
  let first = 0;
  let said = 0;
  while (left.size > 0) {
    let next = -1;
    for (const index of left) {
      if (next < 0 || known[index] / weight[index] > known[next] / weight[next]) next = index;
    }
    left.delete(next);
    order.push(next);
    said += functions[next].length;
    for (const entry of shared[next]) {
      if (entry && ++entry.said === 1) for (const holder of entry.holders) known[holder]++;
    }
    while (said > reach && first < order.length - 1) {
      const forgotten = order[first++];
      said -= functions[forgotten].length;
      for (const entry of shared[forgotten]) {
        if (entry && --entry.said === 0) for (const holder of entry.holders) known[holder]--;
      }
    }
  }
  return order;
}

/**
 * A module's text around and between its functions.
 * @param {string} text
 */
function split(text) {
  /** @type {string[]} */
  const before = [];
  /** @type {string[]} */
  const functions = [];
  /** @type {string[]} */
  const after = [];
  /** @type {string[] | undefined} */
  let open;
  for (const line of text.split("\n")) {
    if (open === undefined && line.startsWith(" (func ")) open = [];
    if (open === undefined) (functions.length > 0 ? after : before).push(line);
    else open.push(line);
    if (open !== undefined && line === " )") {
      functions.push(open.join("\n"));
      open = undefined;
    }
  }
  return { before, functions, after };
}
