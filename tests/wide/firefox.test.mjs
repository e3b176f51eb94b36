// The scenarios in Firefox.
import { startFirefox } from "../support/engines/firefox.mjs";
import { runScenarios } from "./scenarios.mjs";

await runScenarios(startFirefox);
