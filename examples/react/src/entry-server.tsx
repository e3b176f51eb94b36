import { StrictMode } from "react";
import { renderToString } from "react-dom/server";
import { App } from "./App";
import type { Page } from "./page";

export const render = (page: Page) =>
  renderToString(
    <StrictMode>
      <App page={page} />
    </StrictMode>,
  );
