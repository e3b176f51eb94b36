// Global Payments' client, which shows the issuer's page in a light box.
// Its licence: GPL-2.0, which is why nothing that ships may import it.
import {
  ChallengeWindowSize,
  handleChallengeNotification,
  initiateAuthentication,
} from "globalpayments-3ds";

const sizes = {
  "01": ChallengeWindowSize.Windowed250x400,
  "02": ChallengeWindowSize.Windowed390x400,
  "03": ChallengeWindowSize.Windowed500x600,
  "04": ChallengeWindowSize.Windowed600x400,
  "05": ChallengeWindowSize.FullScreen,
};

/** The shop's server asks the gateway, and has the gateway's answer to this. */
window.begin = async ({ size }) => {
  const { challenge } = await initiateAuthentication("/authentication", {
    challengeNotificationUrl: `${location.origin}/notification`,
    challengeWindow: { windowSize: sizes[size], displayMode: "lightbox" },
  });
  return challenge.response.data.transStatus;
};

/** The shop's page at notificationURL, as the client's guide has it. */
window.notify = ({ cres }) => handleChallengeNotification(cres);
