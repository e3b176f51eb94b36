import { StrictMode } from "react";
import { hydrateRoot } from "react-dom/client";
import { App } from "./App";

const written = document.getElementById("page")?.textContent ?? "";

hydrateRoot(
  document.getElementById("root") as HTMLElement,
  <StrictMode>
    <App page={JSON.parse(written)} />
  </StrictMode>,
);
