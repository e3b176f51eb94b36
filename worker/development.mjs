// What a development server runs: the Worker as it is built, with what only development has around
// it. Production uploads the build and none of this. It stands here because wrangler has an entry
// at the top of its modules; tsc leaves it out, because the build may not be there.
import Worker, {
  CardholderIndexObject,
  CardholderObject,
  DestinationObject,
  KnownRequestObject,
  LogWriter,
  MerchantObject,
  SmsBudgetObject,
} from "./main.mjs";
import style from "./development/style.css";
import { DevTools, withTools } from "./development/tools.mjs";

export {
  CardholderIndexObject,
  CardholderObject,
  DestinationObject,
  KnownRequestObject,
  DevTools,
  LogWriter,
  MerchantObject,
  SmsBudgetObject,
};
export default withTools(Worker, style);
