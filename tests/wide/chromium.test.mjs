// The scenarios in Chromium.
import { startChromium } from "../support/engines/chromium.mjs";
import { runScenarios } from "./scenarios.mjs";
import { runThreeDs } from "./three-ds.mjs";

await runScenarios(startChromium);
await runThreeDs(startChromium);
