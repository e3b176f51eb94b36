// The guide's shop in Node. Those in other languages run in tests/wide/snippets.test.mjs.
import { holdSnippet, startShops } from "./support/snippet-scenarios.mjs";

holdSnippet("Node", await startShops());
