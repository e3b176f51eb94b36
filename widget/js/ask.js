/**
 * Asks the Worker. Not by `fetch`, because a request reports by events: the one listener hears it
 * too, and its event has the request as target.
 * @param {(event: unknown) => void} listener
 * @param {string} method
 * @param {string} address
 * @param {string} until the event that the listener hears
 * @param {string} body
 */
export const ask = (listener, method, address, until, body) => {
  const request = new XMLHttpRequest();
  request.open(method, address);
  for (const name of ["content-type", "accept"]) request.setRequestHeader(name, "application/json");
  request.responseType = "json";
  // Milliseconds after which a request counts as lost.
  request.timeout = 20000;
  request.addEventListener(until, listener);
  request.send(body);
};
