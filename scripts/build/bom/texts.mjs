// The licences of all that is not ours, as one text: who is in which part, then every text once, with
// all that come under it.

/** @typedef {import("./crates.mjs").Package} Package */

/**
 * @param {string} version
 * @param {import("../bom.mjs").Part[]} parts
 */
export function thirdParty(version, parts) {
  const lists = parts.map(({ name, what, packages }) =>
    [
      `${what} (${name}) contains${packages.length === 0 ? " no code of others." : ":"}`,
      ...sorted(packages).map(
        ({ name, version, license, what }) =>
          `  ${name} ${version}: ${license}${what ? ` (${what})` : ""}`,
      ),
    ].join("\n"),
  );
  const texts = together(parts.flatMap(({ packages }) => packages)).map(({ names, text }) =>
    [line, ...names, line, "", text].join("\n"),
  );
  const head = `Software of others in Warifu ${version}, and its licences.`;
  return `${[head, ...lists, ...texts].join("\n\n")}\n`;
}

const line = "=".repeat(100);

/** @param {Package[]} packages */
function sorted(packages) {
  const key = (/** @type {Package} */ { name, version }) => `${name} ${version}`;
  return [...packages].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/**
 * Every text once. Two that differ by white space alone are one.
 * @param {Package[]} packages
 */
function together(packages) {
  /** @type {Map<string, { names: string[], text: string }>} */
  const found = new Map();
  for (const { name, version, texts } of sorted(packages)) {
    for (const { file, text } of texts) {
      const key = text.replace(/\s+/g, " ").trim();
      const one = found.get(key) ?? { names: [], text: text.replace(/\r/g, "").trim() };
      const named = `${name} ${version}, ${file}`;
      if (!one.names.includes(named)) one.names.push(named);
      found.set(key, one);
    }
  }
  return [...found.values()];
}
