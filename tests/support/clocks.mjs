// The clocks of those who check an attestation by a sample of the guide, which leaves 30 seconds.

/**
 * When each checks: seconds from `iat` (`after`), or from `exp` (`late`).
 * @type {{ what: string, after?: number, late?: number, taken: boolean }[]}
 */
export const clocks = [
  { what: "the same clock", after: 0, taken: true },
  { what: "a clock one second behind", after: -1, taken: true },
  { what: "a clock 30 seconds behind", after: -30, taken: true },
  { what: "a clock one second ahead, at the last moment", late: 1, taken: true },
  { what: "a clock 29 seconds ahead, at the last moment", late: 29, taken: true },
  { what: "a minute after the end", late: 60, taken: false },
];
