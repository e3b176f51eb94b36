// A browser under stress: Chromium.
import { startChromium } from "../support/engines/chromium.mjs";
import { runStress } from "./stress/run.mjs";

await runStress(startChromium);
