// The scenarios in WebKitGTK.
import { startWebkit } from "../support/engines/webkit.mjs";
import { runScenarios } from "./scenarios.mjs";

await runScenarios(startWebkit);
