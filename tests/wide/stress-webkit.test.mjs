// A browser under stress: WebKitGTK.
import { startWebkit } from "../support/engines/webkit.mjs";
import { runStress } from "./stress/run.mjs";

await runStress(startWebkit);
