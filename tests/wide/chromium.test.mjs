// The scenarios in Chromium.
import { startChromium } from "../support/engines/chromium.mjs";
import { runScenarios } from "./scenarios.mjs";

await runScenarios(startChromium);
