// The purchase with 3-D Secure in Chromium.
import { startChromium } from "../support/engines/chromium.mjs";
import { runThreeDs } from "./three-ds.mjs";

await runThreeDs(startChromium);
