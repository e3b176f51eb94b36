"""A shop that asks the card's issuer to confirm the buyer: pip install "pyjwt[crypto]" standardwebhooks; python3 shop.py"""

import datetime
import http.server
import json
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import jwt
import standardwebhooks

WARIFU = os.environ["WARIFU"]
WARIFU_KEY = os.environ["WARIFU_KEY"]
WARIFU_MERCHANT = os.environ["WARIFU_MERCHANT"]
WARIFU_EVENTS_SECRET = os.environ["WARIFU_EVENTS_SECRET"]
PORT = int(os.environ.get("PORT", "3000"))
SHOP_URL = os.environ.get("SHOP_URL", f"http://localhost:{PORT}")
# Who buys: the issuer's id of the cardholder. A real shop knows it from the buyer's login or card.
CARDHOLDER = os.environ.get("CARDHOLDER", "test_verified")
# What attestations are, and for whom: a test key's have names of their own.
TYPE, AUDIENCE = "warifu-attestation+jwt", WARIFU_MERCHANT
if WARIFU_KEY.startswith("wk_test_"):
    TYPE, AUDIENCE = "warifu-test-attestation+jwt", f"test/{WARIFU_MERCHANT}"

# A real shop keeps these two in its database.
orders = {}
seen = set()


class Refused(Exception):
    """The issuer said no. `code` says why, for this program; the text says it for its developer."""

    def __init__(self, problem):
        super().__init__(problem.get("detail"))
        self.code = problem.get("code", "internal")


def parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        return {}


def post(path, body, headers={}):
    """Posts, up to three times: a lost answer, 429 and 5xx can be asked for again with the same body."""
    data = json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **headers}
    for tries in (1, 2, 3):
        status, seconds, problem = 0, 1, {"code": "unavailable"}
        try:
            request = urllib.request.Request(WARIFU + path, data, headers)
            with urllib.request.urlopen(request, timeout=15) as response:
                return json.load(response)
        except urllib.error.HTTPError as refused:
            status, problem = refused.code, parsed(refused.read())
            seconds = int(refused.headers.get("Retry-After", 1))
        except (OSError, http.client.HTTPException):
            pass  # The answer was lost.
        passes = status in (0, 429) or status >= 500
        if not passes or tries == 3 or seconds > 5:
            raise Refused(problem)
        time.sleep(seconds)


def create_challenge(order):
    """1. The same order has the same Idempotency-Key, and so the same challenge, however often it is asked."""
    transaction = {
        "amount": order["amount"],
        "currency": order["currency"],
        "purchased_at": order["purchased_at"],
        "card_last4": "1234",
        "reference": order["id"],
    }
    body = {
        "cardholder": CARDHOLDER,
        "transaction": transaction,
        "locale": "ja",
        "return_url": f"{SHOP_URL}/done?order={order['id']}",
    }
    headers = {"Authorization": f"Bearer {WARIFU_KEY}", "Idempotency-Key": order["id"]}
    return post("/v1/challenges", body, headers)


def checkout_page(order, challenge):
    """2. The script tag, and where the form goes; 3. without script, a link.
    Order ids, secrets and addresses need no escaping: they are of letters, digits and `-_:/.` alone."""
    return f"""
<form id="pay" action="/pay" method="post">
  <input type="hidden" name="order" value="{order["id"]}">
  <div class="warifu-challenge" data-client-secret="{challenge["client_secret"]}"></div>
  <noscript><a href="{challenge["url"]}">Confirm your purchase</a></noscript>
</form>
<script>pay.addEventListener("warifu:complete", () => pay.submit())</script>
<script src="{WARIFU}/v1/warifu.js" async></script>"""


def is_of(order, said):
    """Whether what the issuer says is about this very order."""
    ours = (order["id"], order["amount"], order["currency"])
    return (said.get("reference"), said.get("amount"), said.get("currency")) == ours


def is_verified(order, response):
    """4. The browser brings a response; siteverify spends it and says what it is worth."""
    body = {"secret": WARIFU_KEY, "response": response, "idempotency_key": order["id"]}
    said = post("/v1/siteverify", body)
    return said.get("success") is True and is_of(order, said)


keys = jwt.PyJWKClient(WARIFU + "/.well-known/jwks.json")


def claims_of(response):
    """5. The same without asking: raises unless the issuer signed `response` for this merchant and it is
    not too old. It spends nothing: whoever relies on this alone remembers every `jti`."""
    token = jwt.decode_complete(
        response,
        keys.get_signing_key_from_jwt(response),
        algorithms=["ES256"],
        issuer=WARIFU,
        audience=AUDIENCE,
        leeway=30,  # seconds between the issuer's clock and this one
        options={"require": ["sub", "jti", "iat", "exp", "amount", "currency"]},
    )
    if token["header"].get("typ") != TYPE:
        raise jwt.InvalidTokenError("not an attestation")
    return token["payload"]


def settle(order, response):
    try:
        claims = claims_of(response)
    except jwt.PyJWTError as error:
        return print(f"refused: {error}", file=sys.stderr)
    if is_of(order, claims) and is_verified(order, response):
        order["status"] = "paid"


def hear(headers, body):
    """6. The issuer tells how a challenge ended, whatever became of the browser. Raises unless the issuer
    signed it within five minutes."""
    event = standardwebhooks.Webhook(WARIFU_EVENTS_SECRET).verify(body, dict(headers))
    if headers["webhook-id"] in seen:
        return
    seen.add(headers["webhook-id"])
    order = orders.get(event["data"].get("reference"))
    # No event pays: that is siteverify's alone.
    ended = event["data"]["status"] in ("failed", "expired", "canceled")
    if order and order["status"] == "open" and ended:
        order["status"] = event["data"]["status"]


def explain(refused):
    """What the buyer is told when there is no challenge."""
    print(f"{refused.code}: {refused}", file=sys.stderr)
    if refused.code in ("unknown_cardholder", "not_enrolled", "too_many_unknown_cardholders"):
        return 200, "Please confirm your purchase another way."
    return 502, "Please try again in a while."


def product_page():
    return f"""<form action="/buy" method="post"><input type="hidden" name="order" value="{uuid.uuid4()}">
<button>Buy for &yen;3,150</button></form>"""


def new_order(name):
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    order = {"id": name, "amount": 3150, "currency": "JPY", "purchased_at": now, "status": "open"}
    return orders.setdefault(name, order)


def answer(route, fields, headers, body):
    """The status, and the page or the address to go on to."""
    name = fields.get("order", "")
    order = orders.get(name)
    if route == "GET /":
        return 200, product_page()
    if route == "POST /events":
        try:
            hear(headers, body)
            return 204, ""
        except Exception as error:  # Of a bad signature, a bad header or bad Base64.
            print(f"no event: {error!r}", file=sys.stderr)
            return 400, "Not an event of the issuer."
    if route == "POST /buy":
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
            return 400, "No order."
        order = new_order(name)
        return 200, checkout_page(order, create_challenge(order))
    if order is None:
        return 404, "Nothing here."
    if route in ("POST /pay", "GET /done"):
        settle(order, fields.get("warifu-response", ""))
        return 303, f"/order?order={name}"
    return 200, "Paid." if order["status"] == "paid" else f"Not paid: {order['status']}."


class Shop(http.server.BaseHTTPRequestHandler):
    def handle_any(self):
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        fields = dict(urllib.parse.parse_qsl(body if self.command == "POST" else query))
        try:
            status, page = answer(f"{self.command} {path}", fields, self.headers, body)
        except Refused as refused:
            status, page = explain(refused)
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        if status == 303:
            self.send_header("Location", page)
        self.end_headers()
        if status != 303:
            self.wfile.write(page.encode())

    do_GET = do_POST = handle_any


server = http.server.ThreadingHTTPServer(("localhost", PORT), Shop)
print(f"The shop: {SHOP_URL}", flush=True)
server.serve_forever()
