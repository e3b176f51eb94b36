import { useRef } from "react";
import { useWarifuChallenge } from "warifu-react";
import type { Page } from "./page";
import { words } from "./words";

/** The form posts what the issuer said to the shop's server, which asks the issuer what it is worth. */
export function Checkout({ lang, order, issuer, challenge }: Page & { name: "checkout" }) {
  const w = words[lang];
  const form = useRef<HTMLFormElement>(null);
  const { ref, status, error, reset } = useWarifuChallenge({
    issuer,
    clientSecret: challenge.client_secret,
    onComplete: () => form.current?.requestSubmit(),
  });
  const over = status === "failed" || status === "expired" || status === "canceled";
  return (
    <form ref={form} action={`/pay/${order}`} method="post">
      <p>{w.ask}</p>
      <div ref={ref} />
      <p role="status">
        {status === "loading" && w.loading}
        {over && (error === "script-load" ? w.unreached : w.over)}
      </p>
      {error === "script-load" && (
        <button type="button" onClick={reset}>
          {w.again}
        </button>
      )}
      {over && (
        <p>
          <a href="/">{w.back}</a>
        </p>
      )}
      <noscript>
        <a href={challenge.url}>{w.noscript}</a>
      </noscript>
    </form>
  );
}
