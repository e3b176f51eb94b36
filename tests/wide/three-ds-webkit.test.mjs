// The purchase with 3-D Secure in WebKitGTK.
import { startWebkit } from "../support/engines/webkit.mjs";
import { runThreeDs } from "./three-ds.mjs";

await runThreeDs(startWebkit);
