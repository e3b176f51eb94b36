// A picture of the flow's figures, as SVG: bars for the medians, lines for the quartiles.

/** @typedef {import("./statistics.mjs").Row} Row */

/** What is drawn, one panel each. */
const panels = [
  {
    ...{ measure: "distances", part: "a flow", figure: "near", unit: "ms" },
    title: "A flow with distances: KV read 5 ms, write 60, object 15; ms (less is better)",
  },
  {
    ...{ measure: "flow", part: "1 at once", figure: "p50", unit: "ms" },
    title: "A flow on one machine, without distances: p50 in ms (less is better)",
  },
  {
    ...{ measure: "flow", part: "1 at once", figure: "CPU a flow", unit: "ms" },
    title: "CPU of workerd, ms a flow (less is better)",
  },
  {
    ...{ measure: "flow", part: "50 at once", figure: "flows", unit: "a second" },
    title: "Flows a second, 50 at once (more is better)",
  },
];

const width = 760;
const bars = { from: 240, to: 690 };
const line = 22;
const head = 34;

/** @param {Row[]} rows */
export function picture(rows) {
  let top = 10;
  const drawn = panels.flatMap(({ title, ...of }) => {
    const own = rows.filter(
      ({ system, measure, part, figure, unit }) =>
        measure === of.measure &&
        part === of.part &&
        figure === of.figure &&
        unit === of.unit &&
        system !== "constant",
    );
    if (own.length === 0) return [];
    const panel = drawPanel(title, own, top);
    top += head + own.length * line + 14;
    return [panel];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top}" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#fff"/>
${drawn.join("\n")}
</svg>
`;
}

/**
 * @param {string} title
 * @param {Row[]} rows
 * @param {number} top
 */
function drawPanel(title, rows, top) {
  const most = Math.max(...rows.map(({ q3 }) => q3));
  /** @param {number} value */
  const x = (value) => bars.from + ((bars.to - bars.from) * value) / most;
  const lines = rows.map(({ system, median, q1, q3 }, index) => {
    const y = top + head + index * line;
    const fill = system.startsWith("Warifu") ? "#0a5a8c" : "#9fb3c1";
    return `<text x="${bars.from - 8}" y="${y + 12}" text-anchor="end" fill="#222">${system}</text>
<rect x="${bars.from}" y="${y}" width="${(x(median) - bars.from).toFixed(1)}" height="${line - 6}" fill="${fill}"/>
<path d="M${x(q1).toFixed(1)} ${y + 8}H${x(q3).toFixed(1)}" stroke="#222" stroke-width="2"/>
<text x="${x(q3).toFixed(1)}" dx="6" y="${y + 12}" fill="#222">${median.toFixed(median < 100 ? 1 : 0)}</text>`;
  });
  return `<text x="10" y="${top + 18}" font-weight="bold" fill="#222">${title}</text>\n${lines.join("\n")}`;
}
