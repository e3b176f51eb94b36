// The scenarios in Firefox.
import { startFirefox } from "../support/engines/firefox.mjs";
import { runScenarios } from "./scenarios.mjs";
import { runThreeDs } from "./three-ds.mjs";

await runScenarios(startFirefox);
await runThreeDs(startFirefox);
