// Basis Theory's client. It nests the issuer's page in a page of its own, which its servers have.
// Its licence: Apache-2.0.
import { BasisTheory3ds } from "@basis-theory/web-threeds";

window.begin = async ({ ares, size, servers }) => {
  // A public page may frame none of this machine without leave, so its servers are here too.
  const { startChallenge } = BasisTheory3ds("key_test", { sdkBaseUrl: servers });
  const { authenticationStatus } = await startChallenge({
    sessionId: ares.threeDSServerTransID,
    acsTransactionId: ares.acsTransID,
    acsChallengeUrl: ares.acsURL,
    threeDSVersion: ares.messageVersion,
    windowSize: size,
    timeout: 120_000,
  });
  return authenticationStatus;
};

/** Its servers' page at notificationURL. */
window.notify = ({ cres }) =>
  parent.postMessage(
    {
      type: "challenge",
      id: cres.threeDSServerTransID,
      isCompleted: true,
      authenticationStatus: cres.transStatus,
    },
    "*",
  );
