import type { DetailedHTMLProps, HTMLAttributes } from "react";
import type { WarifuAttributes, WarifuEvents } from "./warifu.js";

/** React 19 takes a property of this name for a listener of the event. */
type Listeners = {
  [Name in keyof WarifuEvents as `on${Name}`]?: (event: WarifuEvents[Name]) => void;
};

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "warifu-challenge": DetailedHTMLProps<HTMLAttributes<HTMLElement>, HTMLElement> &
        WarifuAttributes &
        Listeners;
    }
  }
}
