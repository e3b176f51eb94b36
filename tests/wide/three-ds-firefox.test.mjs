// The purchase with 3-D Secure in Firefox.
import { startFirefox } from "../support/engines/firefox.mjs";
import { runThreeDs } from "./three-ds.mjs";

await runThreeDs(startFirefox);
