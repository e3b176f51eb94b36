import type { HTMLAttributes, ReactElement, Ref, RefCallback } from "react";
import type { ErrorCode, LoadOptions } from "warifu";

/** Inline functions are welcome: the newest is called, and a new one loads nothing anew. */
export interface ChallengeHandlers {
  /** The form is on the screen. */
  onReady?: () => void;
  /** Verified: `response` goes to your server, which asks `siteverify`. */
  onComplete?: (response: string) => void;
  /**
   * Something failed. After a `final` one the challenge is over; after another the cardholder can go on.
   * `script-load`: the issuer's script could not be loaded, twice; `reset` tries again.
   */
  onError?: (code: ErrorCode | "script-load", final: boolean) => void;
  /** The challenge ended, or five minutes passed since `onComplete`: create a new one. */
  onExpire?: () => void;
  /** The cardholder gave up. */
  onCancel?: () => void;
  /** A new code was sent: its number, 2 for the first resend. */
  onResend?: (send: number) => void;
}

export interface ChallengeOptions extends ChallengeHandlers {
  /** The issuer's origin, such as `https://otp.example`. */
  issuer: string;
  /** The `client_secret` of the challenge. While there is none, nothing is loaded. */
  clientSecret: string | null | undefined;
  /** Name of the hidden field in the container; `warifu-response` unless given. */
  responseFieldName?: string;
  /** How the script is loaded: a pinned version with its hash, the nonce of the page's policy. */
  script?: LoadOptions;
}

export interface ChallengeState {
  status: "loading" | "ready" | "complete" | "failed" | "expired" | "canceled";
  /** The attestation while `status` is `complete`, otherwise empty. */
  response: string;
  /** The newest error that nothing has mended since. */
  error: ErrorCode | "script-load" | null;
}

/** What a component's `ref` holds; it stays the same over all renderings. */
export interface ChallengeHandle {
  /** Loads the same challenge anew and forgets the response; also tries a failed load again. */
  reset(): void;
  /** The attestation as it is now, or an empty string. */
  getResponse(): string;
}

/**
 * The challenge in an element of your own: give `ref` to it, and no children. The functions that are
 * returned stay the same over all renderings.
 */
export function useWarifuChallenge(
  options: ChallengeOptions,
): ChallengeState & ChallengeHandle & { ref: RefCallback<Element> };

export interface WarifuChallengeProps
  extends
    ChallengeOptions,
    Omit<HTMLAttributes<HTMLDivElement>, "children" | keyof ChallengeHandlers> {
  ref?: Ref<ChallengeHandle>;
}

/**
 * A `<div>` with the challenge's form in it. In a `<form>` it adds the hidden field `warifu-response`
 * once the cardholder is verified.
 */
export function WarifuChallenge(props: WarifuChallengeProps): ReactElement;
