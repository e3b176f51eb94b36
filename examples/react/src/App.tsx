import { Checkout } from "./Checkout";
import type { Page } from "./page";
import { words } from "./words";

export function App({ page }: { page: Page }) {
  const w = words[page.lang];
  return (
    <main lang={page.lang}>
      <h1>{page.name === "checkout" ? w.checkout : w.shop}</h1>
      {page.name === "product" && (
        <form action="/buy" method="post">
          <p>{w.product}</p>
          <button id="buy">{w.buy}</button>
        </form>
      )}
      {page.name === "checkout" && <Checkout {...page} />}
      {page.name === "order" && (
        <>
          <p id={page.paid ? "paid" : "unpaid"}>{page.paid ? w.paid : w.unpaid}</p>
          <p>
            {w.order}: {page.order}
          </p>
          <p>
            <a href="/">{w.back}</a>
          </p>
        </>
      )}
    </main>
  );
}
