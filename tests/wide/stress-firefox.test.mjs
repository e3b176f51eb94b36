// A browser under stress: Firefox.
import { startFirefox } from "../support/engines/firefox.mjs";
import { runStress } from "./stress/run.mjs";

await runStress(startFirefox);
