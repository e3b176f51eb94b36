// A shop that asks the card's issuer to confirm the buyer, with Jackson for JSON (Maven:
// com.fasterxml.jackson.core:jackson-databind; Debian: apt-get install libjackson2-databind-java):
//   java -cp '/usr/share/java/*' Shop.java
//
// Signatures are checked by Java's own cryptography. Usual libraries for them are
// com.nimbusds:nimbus-jose-jwt and com.standardwebhooks:standardwebhooks.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Shop {
    static final String WARIFU = System.getenv("WARIFU");
    static final String WARIFU_KEY = System.getenv("WARIFU_KEY");
    static final String WARIFU_MERCHANT = System.getenv("WARIFU_MERCHANT");
    static final String WARIFU_EVENTS_SECRET = System.getenv("WARIFU_EVENTS_SECRET");
    static final String PORT = setting("PORT", "3000");
    static final String SHOP_URL = setting("SHOP_URL", "http://localhost:" + PORT);
    /** Who buys: the issuer's id of the cardholder. A real shop knows it from the buyer's login or card. */
    static final String CARDHOLDER = setting("CARDHOLDER", "test_verified");
    /** What attestations are, and for whom: a test key's have names of their own. */
    static final boolean IS_TEST = WARIFU_KEY.startsWith("wk_test_");
    static final String TYPE = IS_TEST ? "warifu-test-attestation+jwt" : "warifu-attestation+jwt";
    static final String AUDIENCE = (IS_TEST ? "test/" : "") + WARIFU_MERCHANT;

    record Order(String id, long amount, String currency, String purchasedAt, String status) {
        Order as(String newStatus) {
            return new Order(id, amount, currency, purchasedAt, newStatus);
        }
    }

    /** A real shop keeps these two in its database. */
    static final Map<String, Order> orders = new ConcurrentHashMap<>();
    static final Set<String> seen = ConcurrentHashMap.newKeySet();

    static final ObjectMapper json = new ObjectMapper();
    static final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(15)).build();

    static String setting(String name, String otherwise) {
        return System.getenv().getOrDefault(name, otherwise);
    }

    /** The issuer said no. `code` says why, for this program; the message says it for its developer. */
    static class Refused extends Exception {
        final String code;

        Refused(JsonNode problem) {
            super(problem.path("detail").asText());
            code = problem.path("code").asText("internal");
        }
    }

    static JsonNode parsed(String text) {
        try {
            return json.readTree(text);
        } catch (IOException notJson) {
            return json.createObjectNode();
        }
    }

    /** Posts, up to three times: a lost answer, 429 and 5xx can be asked for again with the same body. */
    static JsonNode post(String path, Object body, Map<String, String> headers)
            throws IOException, InterruptedException, Refused {
        var request = HttpRequest.newBuilder(URI.create(WARIFU + path))
                .timeout(Duration.ofSeconds(15))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json.writeValueAsString(body)));
        headers.forEach(request::header);
        for (int tries = 1; ; tries++) {
            int status = 0;
            long seconds = 1;
            JsonNode answer = json.createObjectNode().put("code", "unavailable");
            try {
                var response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
                status = response.statusCode();
                seconds = response.headers().firstValueAsLong("Retry-After").orElse(1);
                answer = parsed(response.body());
            } catch (IOException lost) {
                // The answer was lost.
            }
            if (status >= 200 && status < 300) return answer;
            boolean passes = status == 0 || status == 429 || status >= 500;
            if (!passes || tries == 3 || seconds > 5) throw new Refused(answer);
            Thread.sleep(seconds * 1000);
        }
    }

    /** 1. The same order has the same Idempotency-Key, and so the same challenge, however often it is asked. */
    static JsonNode createChallenge(Order order) throws IOException, InterruptedException, Refused {
        var transaction = Map.of(
                "amount", order.amount,
                "currency", order.currency,
                "purchased_at", order.purchasedAt,
                "card_last4", "1234",
                "reference", order.id);
        var body = Map.of(
                "cardholder", CARDHOLDER,
                "transaction", transaction,
                "locale", "ja",
                "return_url", SHOP_URL + "/done?order=" + order.id);
        var headers = Map.of("Authorization", "Bearer " + WARIFU_KEY, "Idempotency-Key", order.id);
        return post("/v1/challenges", body, headers);
    }

    /** 2. The script tag, and where the form goes; 3. without script, a link.
     * Order ids, secrets and addresses need no escaping: they are of letters, digits and `-_:/.` alone. */
    static String checkoutPage(Order order, JsonNode challenge) {
        return """
            <form id="pay" action="/pay" method="post">
              <input type="hidden" name="order" value="%s">
              <div class="warifu-challenge" data-client-secret="%s"></div>
              <noscript><a href="%s">Confirm your purchase</a></noscript>
            </form>
            <script>pay.addEventListener("warifu:complete", () => pay.submit())</script>
            <script src="%s/v1/warifu.js" async></script>
            """.formatted(order.id, challenge.get("client_secret").asText(), challenge.get("url").asText(), WARIFU);
    }

    /** Whether what the issuer says is about this very order. */
    static boolean isOf(Order order, JsonNode said) {
        return said.path("reference").asText().equals(order.id)
                && said.path("amount").asLong() == order.amount
                && said.path("currency").asText().equals(order.currency);
    }

    /** 4. The browser brings a response; siteverify spends it and says what it is worth. */
    static boolean isVerified(Order order, String response) throws IOException, InterruptedException, Refused {
        var body = Map.of("secret", WARIFU_KEY, "response", response, "idempotency_key", order.id);
        var said = post("/v1/siteverify", body, Map.of());
        return said.path("success").asBoolean() && isOf(order, said);
    }

    /** The issuer's public key of this name. A real shop keeps the keys for some minutes. */
    static PublicKey keyNamed(String kid) throws IOException, InterruptedException, GeneralSecurityException {
        var request = HttpRequest.newBuilder(URI.create(WARIFU + "/.well-known/jwks.json")).build();
        var set = parsed(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
        for (var jwk : set.path("keys")) {
            if (!jwk.path("kid").asText().equals(kid)) continue;
            var curve = AlgorithmParameters.getInstance("EC");
            curve.init(new ECGenParameterSpec("secp256r1"));
            var x = new BigInteger(1, Base64.getUrlDecoder().decode(jwk.get("x").asText()));
            var y = new BigInteger(1, Base64.getUrlDecoder().decode(jwk.get("y").asText()));
            var point = new ECPublicKeySpec(new ECPoint(x, y), curve.getParameterSpec(ECParameterSpec.class));
            return KeyFactory.getInstance("EC").generatePublic(point);
        }
        throw new GeneralSecurityException("no such key");
    }

    /** 5. The same without asking: throws unless the issuer signed `response` for this merchant and it is not
     * too old. It spends nothing: whoever relies on this alone remembers every `jti`. */
    static JsonNode claimsOf(String response) throws IOException, InterruptedException, GeneralSecurityException {
        long leeway = 30; // seconds between the issuer's clock and this one
        var parts = response.split("\\.", -1);
        if (parts.length != 3) throw new GeneralSecurityException("not a JWS");
        var base64url = Base64.getUrlDecoder();
        var header = json.readTree(base64url.decode(parts[0]));
        if (!header.path("alg").asText().equals("ES256") || !header.path("typ").asText().equals(TYPE))
            throw new GeneralSecurityException("not an attestation");
        var check = Signature.getInstance("SHA256withECDSAinP1363Format");
        check.initVerify(keyNamed(header.path("kid").asText()));
        check.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
        if (!check.verify(base64url.decode(parts[2]))) throw new GeneralSecurityException("not signed by the issuer");
        var claims = json.readTree(base64url.decode(parts[1]));
        for (var name : List.of("sub", "jti", "iat", "exp", "amount", "currency"))
            if (!claims.hasNonNull(name)) throw new GeneralSecurityException("without " + name);
        // `aud` is one name or a list (RFC 7519, 4.1.3).
        var audience = claims.path("aud");
        boolean forUs = audience.asText().equals(AUDIENCE);
        for (var name : audience) forUs |= name.asText().equals(AUDIENCE);
        if (!forUs || !claims.path("iss").asText().equals(WARIFU))
            throw new GeneralSecurityException("for another merchant, or of another issuer");
        long now = Instant.now().getEpochSecond();
        if (claims.get("iat").asLong() > now + leeway || now >= claims.get("exp").asLong() + leeway)
            throw new GeneralSecurityException("too old, or not yet good");
        return claims;
    }

    static void settle(Order order, String response) throws IOException, InterruptedException, Refused {
        JsonNode claims;
        try {
            claims = claimsOf(response);
        } catch (GeneralSecurityException | IllegalArgumentException | IOException refused) {
            System.err.println("refused: " + refused.getMessage());
            return;
        }
        if (isOf(order, claims) && isVerified(order, response)) orders.put(order.id, order.as("paid"));
    }

    /** 6. The issuer tells how a challenge ended, whatever became of the browser. */
    static boolean isSigned(Headers headers, String body) throws GeneralSecurityException {
        String id = headers.getFirst("webhook-id");
        String at = headers.getFirst("webhook-timestamp");
        String signatures = headers.getFirst("webhook-signature");
        if (id == null || at == null || signatures == null || !at.matches("\\d{1,15}")) return false;
        if (Math.abs(Instant.now().getEpochSecond() - Long.parseLong(at)) > 300) return false;
        var key = Base64.getDecoder().decode(WARIFU_EVENTS_SECRET.replaceFirst("^whsec_", ""));
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        var signed = mac.doFinal((id + "." + at + "." + body).getBytes(StandardCharsets.UTF_8));
        var right = ("v1," + Base64.getEncoder().encodeToString(signed)).getBytes(StandardCharsets.US_ASCII);
        // Two signatures while a secret is being replaced.
        for (var given : signatures.split(" "))
            if (MessageDigest.isEqual(given.getBytes(StandardCharsets.US_ASCII), right)) return true;
        return false;
    }

    static void hear(String id, JsonNode event) {
        if (!seen.add(id)) return;
        var status = event.path("data").path("status").asText();
        // No event pays: that is siteverify's alone.
        if (!Set.of("failed", "expired", "canceled").contains(status)) return;
        var reference = event.path("data").path("reference").asText();
        orders.computeIfPresent(reference, (name, order) -> order.status.equals("open") ? order.as(status) : order);
    }

    record Answer(int status, String page) {}

    /** What the buyer is told when there is no challenge. */
    static Answer explain(Refused refused) {
        System.err.println(refused.code + ": " + refused.getMessage());
        var withoutPassword = Set.of("unknown_cardholder", "not_enrolled", "too_many_unknown_cardholders");
        if (withoutPassword.contains(refused.code)) return new Answer(200, "Please confirm your purchase another way.");
        return new Answer(502, "Please try again in a while.");
    }

    static Map<String, String> fields(String encoded) {
        var fields = new HashMap<String, String>();
        for (var pair : encoded.split("&")) {
            var parts = pair.split("=", 2);
            if (parts.length == 2) fields.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        return fields;
    }

    /** The status, and the page or the address to go on to. */
    static Answer answer(String route, Map<String, String> fields, Headers headers, String body)
            throws IOException, InterruptedException, GeneralSecurityException, Refused {
        var id = fields.getOrDefault("order", "");
        var order = orders.get(id);
        switch (route) {
            case "GET /":
                return new Answer(200, """
                    <form action="/buy" method="post"><input type="hidden" name="order" value="%s">
                    <button>Buy for &yen;3,150</button></form>
                    """.formatted(UUID.randomUUID()));
            case "POST /buy":
                if (!id.matches("[A-Za-z0-9_-]{1,64}")) return new Answer(400, "No order.");
                orders.putIfAbsent(id, new Order(id, 3150, "JPY", Instant.now().toString(), "open"));
                return new Answer(200, checkoutPage(orders.get(id), createChallenge(orders.get(id))));
            case "POST /events":
                if (!isSigned(headers, body)) return new Answer(400, "Not an event of the issuer.");
                hear(headers.getFirst("webhook-id"), json.readTree(body));
                return new Answer(204, "");
            case "POST /pay", "GET /done":
                if (order == null) return new Answer(404, "No such order.");
                settle(order, fields.getOrDefault("warifu-response", ""));
                return new Answer(303, "/order?order=" + id);
            case "GET /order":
                if (order == null) return new Answer(404, "No such order.");
                return new Answer(200, order.status.equals("paid") ? "Paid." : "Not paid: " + order.status + ".");
            default:
                return new Answer(404, "Nothing here.");
        }
    }

    static void handle(HttpExchange exchange) throws IOException {
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        var uri = exchange.getRequestURI();
        var method = exchange.getRequestMethod();
        var query = uri.getRawQuery() == null ? "" : uri.getRawQuery();
        Answer answer;
        try {
            answer = answer(
                    method + " " + uri.getPath(),
                    fields(method.equals("POST") ? body : query),
                    exchange.getRequestHeaders(),
                    body);
        } catch (Refused refused) {
            answer = explain(refused);
        } catch (Exception fault) {
            fault.printStackTrace();
            answer = new Answer(500, "Please try again in a while.");
        }
        var headers = exchange.getResponseHeaders();
        headers.set("Content-Type", "text/html; charset=utf-8");
        headers.set("Cache-Control", "no-store");
        if (answer.status == 303) headers.set("Location", answer.page);
        var page = answer.status == 303 ? new byte[0] : answer.page.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(answer.status, page.length == 0 ? -1 : page.length);
        exchange.getResponseBody().write(page);
        exchange.close();
    }

    public static void main(String[] arguments) throws IOException {
        var server = HttpServer.create(new InetSocketAddress("localhost", Integer.parseInt(PORT)), 0);
        server.createContext("/", Shop::handle);
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
        System.out.println("The shop: " + SHOP_URL);
    }
}
