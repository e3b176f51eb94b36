// The scenarios in WebKitGTK.
import { startWebkit } from "../support/engines/webkit.mjs";
import { runScenarios } from "./scenarios.mjs";
import { runThreeDs } from "./three-ds.mjs";

await runScenarios(startWebkit);
await runThreeDs(startWebkit);
