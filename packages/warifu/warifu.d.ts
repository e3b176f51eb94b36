/** What a merchant's page may use. `<script src="https://<issuer>/v1/warifu.js" async></script>` */

/** Every event, callback and failure of a challenge names its cause with one of these. */
export type ErrorCode =
  /** The frame reached no server; the cardholder can press again. */
  | "network"
  /** The frame did not report within ten seconds. A link to the form is shown until it does. Never final. */
  | "load-timeout"
  /** `client-secret` is missing or is none. */
  | "invalid-secret"
  /**
   * Final: this page's origin is not one of the merchant's. The frame is hidden, and a link to the form
   * in its place. Otherwise a post of the form came from somewhere else.
   */
  | "origin-not-allowed"
  | "challenge-not-found"
  | "challenge-expired"
  /** The challenge has no tries left. */
  | "attempts-exceeded"
  /** The cardholder is locked, or was by the last code. */
  | "locked"
  | "resend-limit"
  /** The newest code did not arrive, or none can be sent now. The form says what to do. Never final. */
  | "undeliverable"
  | "unsupported-browser"
  | "internal";

/**
 * A function, or the name of a global one, without dots. A name of none is said on the console; what
 * a callback throws is the page's own error. Each is also a `data-` attribute of the container.
 */
export interface Options {
  /** The `client_secret` of the challenge. */
  clientSecret?: string;
  /** Verified: `response` goes to your server, which asks `siteverify`. */
  callback?: string | ((response: string) => void);
  /** Something failed; whether for good says the event's `final`. */
  "error-callback"?: string | ((code: ErrorCode) => void);
  /** The challenge ended, or five minutes passed since `callback`: `reset` or create a new one. */
  "expired-callback"?: string | (() => void);
  /** The cardholder gave up. */
  "cancel-callback"?: string | (() => void);
  /** A new code was sent: its number, 2 for the first resend. */
  "resend-callback"?: string | ((send: number) => void);
  /** The form is on the screen. */
  "ready-callback"?: string | (() => void);
  /** Name of the hidden field in the container; `warifu-response` unless given. */
  "response-field-name"?: string;
}

/**
 * What `<warifu-challenge>` has as attributes, and `.warifu-challenge` with `data-` before them. A
 * callback is the name of a global function.
 */
export type WarifuAttributes = {
  [Name in AttributeName | `data-${AttributeName}`]?: string;
};

type AttributeName = "client-secret" | Exclude<keyof Options, "clientSecret">;

export interface Warifu {
  /** The issuer's origin: that of the script tag. One page has the script of one issuer. */
  readonly origin: string;
  /**
   * Shows the challenge in `container` and returns an id, or `null` when there is no such element.
   * Rendering the same challenge again changes the callbacks and nothing else.
   */
  render(container: string | Element, options?: Options): string | null;
  /** Loads the same challenge anew and forgets the response. */
  reset(widget?: string | Element): void;
  /** Takes the frame and the field away; the container is not found by itself again. Never throws. */
  remove(widget?: string | Element): void;
  /**
   * The attestation, or an empty string from five minutes after `callback` on. That is the default of
   * how long an issuer redeems it; `siteverify` knows the issuer's own. Without an argument: of the
   * first widget.
   */
  getResponse(widget?: string | Element): string;
  /** Whether the challenge has expired, or five minutes have passed since `callback`. */
  isExpired(widget?: string | Element): boolean;
  /** Calls back once the page is parsed. */
  ready(callback: () => void): void;
  /**
   * As `render`, as a promise of this container and this challenge alone. Rejects with an `Error` whose
   * message is an {@link ErrorCode} or `canceled`: by the cardholder, by another challenge in the same
   * container, or by `remove`. `reset` goes on with the same promise.
   */
  challenge(container: string | Element, options?: Options): Promise<{ response: string }>;
}

/** The `detail` of the events that bubble from the container. */
export interface WarifuEvents {
  "warifu:ready": CustomEvent<{}>;
  "warifu:resize": CustomEvent<{ height: number }>;
  "warifu:complete": CustomEvent<{ response: string }>;
  "warifu:error": CustomEvent<{ code: ErrorCode; final: boolean }>;
  "warifu:expire": CustomEvent<{ code: "challenge-expired"; final: true }>;
  "warifu:resend": CustomEvent<{ send: number }>;
  "warifu:cancel": CustomEvent<{ code: "canceled"; final: true }>;
}

declare global {
  var warifu: Warifu;
  interface HTMLElementTagNameMap {
    "warifu-challenge": HTMLElement;
  }
  interface ElementEventMap extends WarifuEvents {}
  interface DocumentEventMap extends WarifuEvents {}
  interface WindowEventMap extends WarifuEvents {}
}
