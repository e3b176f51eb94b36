/** What wasm-bindgen makes of the crate for a bundler; the build says where it is. */
declare module "warifu-widget" {
  export class Widget {
    static start(
      document: Document,
      host: {
        tell(kind: string, value: string): void;
        ask(what: string, address: string, body: string): void;
        wake(milliseconds: number): void;
      },
    ): Widget;
    handle(event: unknown): void;
  }
  export function __wbg_set_wasm(exports: WebAssembly.Exports): void;
}
