/** The bytes of the form's wasm, a character each; the build puts them here. */
declare const WIDGET_WASM: string;
