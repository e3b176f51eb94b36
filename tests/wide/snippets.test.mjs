// The guide's shop in every language that it has one in.
import { holdSnippet, startShops } from "../support/snippet-scenarios.mjs";
import { languages } from "../support/snippets.mjs";

const bench = await startShops();
for (const language of Object.keys(languages)) holdSnippet(language, bench);
