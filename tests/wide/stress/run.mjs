// The scenarios of a browser under stress, each for every place where a form stands.
import { describe, test } from "node:test";
import { tabOf } from "../../support/engines/tab.mjs";
import { deviceScenarios } from "./device.mjs";
import { historyScenarios } from "./history.mjs";
import { networkScenarios } from "./network.mjs";
import { startPlaces } from "./places.mjs";

/**
 * @typedef {import("./places.mjs").Tab} Tab
 * @typedef {import("./places.mjs").Place} Place
 * @typedef {import("../../support/engines/tab.mjs").Profile} Profile
 *
 * @typedef {(tab: Tab, place: Place) => Promise<void>} Body
 * @typedef {object} Options
 * @property {(place: Place) => boolean} [where] in which places; in all unless said
 * @property {Profile} [profile] of the tab
 *
 * @typedef {(name: string, body: Body, options?: Options) => void} Scenario
 */

/** @param {() => Promise<import("../../support/engines/tab.mjs").Engine>} start */
export async function runStress(start) {
  const bench = await startPlaces(start);
  const { engine, network, places } = bench;

  for (const place of places) {
    /** @type {Scenario} */
    const scenario = (name, body, { where = () => true, profile } = {}) => {
      if (!where(place)) return;
      test(name, async (context) => {
        const tab = tabOf(await engine.tab({ script: place.script, ...profile }));
        try {
          await body(tab, place);
        } catch (error) {
          const kept = tab.keepPicture(`${engine.name} ${place.name} ${name}`);
          context.diagnostic(`what it showed: ${await kept.catch(({ message }) => message)}`);
          throw error;
        } finally {
          network.mend();
          await tab.close();
        }
      });
    };
    describe(`${engine.name}, ${place.name}`, () => {
      networkScenarios(bench, scenario);
      historyScenarios(bench, scenario);
      deviceScenarios(bench, scenario);
    });
  }
}
