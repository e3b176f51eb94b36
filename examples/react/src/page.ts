/** What the server says to the page: it is rendered from this, and hydrated from it. */
export type Page = { lang: "ja" | "en" } & (
  | { name: "product" }
  | {
      name: "checkout";
      order: string;
      issuer: string;
      challenge: { client_secret: string; url: string };
    }
  | { name: "order"; order: string; paid: boolean }
);
