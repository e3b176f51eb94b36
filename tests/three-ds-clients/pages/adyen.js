// Adyen's drop-in: the component that its servers ask for with an action.
// Its licence: MIT.
import { AdyenCheckout } from "@adyen/adyen-web";

window.begin = async ({ ares, size }) => {
  const token = {
    acsTransID: ares.acsTransID,
    acsURL: ares.acsURL,
    messageVersion: ares.messageVersion,
    threeDSNotificationURL: `${location.origin}/notification`,
    threeDSServerTransID: ares.threeDSServerTransID,
  };
  const { promise, resolve, reject } = Promise.withResolvers();
  const checkout = await AdyenCheckout({
    clientKey: "test_ABCDEFGHIJKLMNOPQRSTUVWXYZ123456",
    environment: "test",
    locale: "ja-JP",
    countryCode: "JP",
    amount: { currency: "JPY", value: 3150 },
    onAdditionalDetails: ({ data }) => resolve(data.details.threeDSResult),
    onError: reject,
  });
  const action = {
    type: "threeDS2",
    subtype: "challenge",
    paymentMethodType: "scheme",
    token: btoa(JSON.stringify(token)),
    authorisationToken: "token",
  };
  checkout.createFromAction(action, { challengeWindowSize: size }).mount("#challenge");
  return JSON.parse(atob(await promise)).transStatus;
};

/** Its servers' page at notificationURL. */
window.notify = ({ cres: { transStatus } }) =>
  parent.postMessage(
    JSON.stringify({ type: "challengeResult", result: { transStatus } }),
    location.origin,
  );
