/**
 * Asks the Worker. Not by `fetch`, because a request reports by events: the one listener hears it
 * too, and its event gets the answer, which is empty where there is none in JSON.
 *
 * When an answer is lost, or the Worker cannot say, the same is asked again, twice at most, and the
 * listener hears only the last answer. A code has the name of its page, so the same code in a row counts
 * once, also when it is submitted again by hand. A resend is not asked for again, because two would be
 * two codes; nor is how a delivery stands, which comes again by itself.
 * @param {(event: unknown) => void} listener
 * @param {string} what the id of the form that is posted, or `look` for how a delivery stands
 * @param {string} address
 * @param {string} body
 */
export const ask = (listener, what, address, body) => {
  const attempt = /** @type {HTMLInputElement | null} */ (document.getElementById("attempt"))
    ?.value;
  const look = what == "look";
  let left = attempt && (what == "form" || what == "cancel-form") ? 2 : 0;
  if (left && what == "form") body = body.replace("}", `,"attempt_id":"${attempt}"}`);
  const send = () => {
    const request = new XMLHttpRequest();
    request.open(look ? "GET" : "POST", address);
    for (const name of ["content-type", "accept"])
      request.setRequestHeader(name, "application/json");
    request.responseType = "json";
    // Milliseconds after which a request counts as lost.
    request.timeout = 20000;
    // `loadend` comes once, however a request ends, and `load` with an answer only.
    request.addEventListener(look ? "load" : "loadend", (event) => {
      const answer = request.response ?? {};
      const { code, status, retry_after = 1 } = answer;
      if ((!status || code == "unavailable") && left--) setTimeout(send, retry_after * 1000);
      else listener(Object.assign(event, { answer }));
    });
    request.send(body);
  };
  send();
};
