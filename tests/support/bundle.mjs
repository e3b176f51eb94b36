// A page's script as a merchant's build makes it: by esbuild, with the libraries in it.
import { at } from "../../scripts/lib/paths.mjs";
import { esbuild, vueCompiler } from "./packages.mjs";

/**
 * @param {string} source JavaScript with JSX; it may import the packages that the tests have
 * @param {"development" | "production"} [mode] of React and Vue
 * @returns {Promise<string>} one script
 */
export async function bundle(source, mode = "development") {
  const { outputFiles } = await esbuild().build({
    stdin: { contents: source, loader: "jsx", resolveDir: at("tests") },
    ...{ bundle: true, write: false, format: "iife", jsx: "automatic", logLevel: "warning" },
    define: {
      "process.env.NODE_ENV": JSON.stringify(mode),
      __VUE_OPTIONS_API__: "true",
      __VUE_PROD_DEVTOOLS__: "false",
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
    },
  });
  return outputFiles[0].text;
}

/**
 * A single-file component as JavaScript that declares it.
 * @param {string} source
 * @param {string} name
 */
export function compiled(source, name) {
  const { parse, compileScript } = vueCompiler();
  const { descriptor } = parse(source);
  const isCustomElement = (/** @type {string} */ tag) => tag === "warifu-challenge";
  const { content } = compileScript(descriptor, {
    ...{ id: name, genDefaultAs: name, inlineTemplate: true },
    templateOptions: { compilerOptions: { isCustomElement } },
  });
  return content;
}
