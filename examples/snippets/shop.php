<?php
// A shop that asks the card's issuer to confirm the buyer: php -S localhost:3000 shop.php
// Instead of its own check of signatures, `composer require firebase/php-jwt`:
//   JWT::$leeway = 30; $claims = JWT::decode($response, JWK::parseKeySet($jwks, 'ES256'), $header);
// and then compare `$header->typ`, `$claims->iss` and `$claims->aud`, which that library leaves to you.
declare(strict_types=1);

define('WARIFU', getenv('WARIFU'));
define('WARIFU_KEY', getenv('WARIFU_KEY'));
define('WARIFU_MERCHANT', getenv('WARIFU_MERCHANT'));
define('WARIFU_EVENTS_SECRET', getenv('WARIFU_EVENTS_SECRET'));
define('SHOP_URL', getenv('SHOP_URL') ?: 'http://localhost:' . (getenv('PORT') ?: '3000'));
// Who buys: the issuer's id of the cardholder. A real shop knows it from the buyer's login or card.
define('CARDHOLDER', getenv('CARDHOLDER') ?: 'test_verified');
// What attestations are, and for whom: a test key's have names of their own.
define('IS_TEST', str_starts_with((string) WARIFU_KEY, 'wk_test_'));
define('TYPE', IS_TEST ? 'warifu-test-attestation+jwt' : 'warifu-attestation+jwt');
define('AUDIENCE', (IS_TEST ? 'test/' : '') . WARIFU_MERCHANT);
// A real shop has a database; here every order, and every event that was heard, is a file.
define('STORE', getenv('STORE') ?: sys_get_temp_dir() . '/warifu-shop');

/** The issuer said no. `$reason` says why, for this program; the message says it for its developer. */
final class Refused extends Exception
{
    public readonly string $reason;

    public function __construct(array $problem)
    {
        parent::__construct($problem['detail'] ?? '');
        $this->reason = $problem['code'] ?? 'internal';
    }
}

/** The status (0: the answer was lost), the seconds of Retry-After, and the JSON of one request. */
function ask(string $method, string $url, ?array $body = null, array $headers = []): array
{
    $http = [
        'method' => $method,
        'header' => [...$headers, 'Content-Type: application/json'],
        'content' => $body === null ? '' : json_encode($body, JSON_THROW_ON_ERROR),
        'ignore_errors' => true, // A refusal has a body too.
        'timeout' => 15,
    ];
    $answer = @fopen($url, 'r', false, stream_context_create(['http' => $http]));
    if ($answer === false) {
        return [0, 1, ['code' => 'unavailable']];
    }
    $lines = stream_get_meta_data($answer)['wrapper_data'];
    $retry = preg_grep('/^Retry-After:/i', $lines);
    $seconds = $retry ? (int) trim(explode(':', reset($retry))[1]) : 1;
    return [(int) explode(' ', $lines[0])[1], $seconds, json_decode(stream_get_contents($answer), true) ?? []];
}

/** Posts, up to three times: a lost answer, 429 and 5xx can be asked for again with the same body. */
function post(string $path, array $body, array $headers = []): array
{
    for ($tries = 1; ; $tries++) {
        [$status, $seconds, $answer] = ask('POST', WARIFU . $path, $body, $headers);
        if ($status >= 200 && $status < 300) {
            return $answer;
        }
        $passes = $status === 0 || $status === 429 || $status >= 500;
        if (!$passes || $tries === 3 || $seconds > 5) {
            throw new Refused($answer);
        }
        sleep($seconds);
    }
}

/** 1. The same order has the same Idempotency-Key, and so the same challenge, however often it is asked. */
function createChallenge(array $order): array
{
    $transaction = [
        'amount' => $order['amount'],
        'currency' => $order['currency'],
        'purchased_at' => $order['purchased_at'],
        'card_last4' => '1234',
        'reference' => $order['id'],
    ];
    $body = [
        'cardholder' => CARDHOLDER,
        'transaction' => $transaction,
        'locale' => 'ja',
        'return_url' => SHOP_URL . "/done?order={$order['id']}",
    ];
    return post('/v1/challenges', $body, ['Authorization: Bearer ' . WARIFU_KEY, "Idempotency-Key: {$order['id']}"]);
}

/** 2. The script tag, and where the form goes; 3. without script, a link.
 * Order ids, secrets and addresses need no escaping: they are of letters, digits and `-_:/.` alone. */
function checkoutPage(array $order, array $challenge): string
{
    $script = WARIFU . '/v1/warifu.js';
    return <<<HTML
    <form id="pay" action="/pay" method="post">
      <input type="hidden" name="order" value="{$order['id']}">
      <div class="warifu-challenge" data-client-secret="{$challenge['client_secret']}"></div>
      <noscript><a href="{$challenge['url']}">Confirm your purchase</a></noscript>
    </form>
    <script>pay.addEventListener("warifu:complete", () => pay.submit())</script>
    <script src="$script" async></script>
    HTML;
}

/** Whether what the issuer says is about this very order. */
function isOf(array $order, array $said): bool
{
    return ($said['reference'] ?? null) === $order['id']
        && ($said['amount'] ?? null) === $order['amount']
        && ($said['currency'] ?? null) === $order['currency'];
}

/** 4. The browser brings a response; siteverify spends it and says what it is worth. */
function isVerified(array $order, string $response): bool
{
    $body = ['secret' => WARIFU_KEY, 'response' => $response, 'idempotency_key' => $order['id']];
    $said = post('/v1/siteverify', $body);
    return ($said['success'] ?? false) === true && isOf($order, $said);
}

function fromBase64url(string $text): string
{
    return base64_decode(strtr($text, '-_', '+/'), true) ?: '';
}

/** An element of DER, shorter than 128 bytes. */
function der(int $tag, string $content): string
{
    return chr($tag) . chr(strlen($content)) . $content;
}

/** Whether the P-256 key of a JWK signed this text. A JWS has two numbers of 32 bytes, OpenSSL wants DER. */
function isSigned(string $text, string $signature, array $jwk): bool
{
    if (strlen($signature) !== 64) {
        return false;
    }
    $integer = fn (string $number) => der(2, (ord($number[0] ?? '') > 127 ? "\0" : '') . $number);
    $numbers = array_map(fn ($half) => $integer(ltrim($half, "\0")), str_split($signature, 32));
    // id-ecPublicKey and prime256v1, then the point (RFC 5480).
    $kind = hex2bin('301306072a8648ce3d020106082a8648ce3d030107');
    $point = "\4" . fromBase64url($jwk['x']) . fromBase64url($jwk['y']);
    $key = base64_encode(der(0x30, $kind . der(3, "\0$point")));
    $pem = "-----BEGIN PUBLIC KEY-----\n$key\n-----END PUBLIC KEY-----\n";
    return openssl_verify($text, der(0x30, implode($numbers)), $pem, OPENSSL_ALGO_SHA256) === 1;
}

/** The issuer's public key of this name. A real shop keeps the keys for some minutes. */
function keyNamed(?string $kid): ?array
{
    [, , $jwks] = ask('GET', WARIFU . '/.well-known/jwks.json');
    $named = array_filter($jwks['keys'] ?? [], fn ($key) => $kid !== null && ($key['kid'] ?? null) === $kid);
    return reset($named) ?: null;
}

/** 5. The same without asking: throws unless the issuer signed `$response` for this merchant and it is not
 * too old. It spends nothing: whoever relies on this alone remembers every `jti`. */
function claimsOf(string $response): array
{
    $leeway = 30; // seconds between the issuer's clock and this one
    $parts = explode('.', $response);
    [$header, $claims] = array_map(fn ($part) => json_decode(fromBase64url($part), true), array_pad($parts, 2, ''));
    $audience = (array) ($claims['aud'] ?? []);
    $times = is_int($claims['iat'] ?? null) && is_int($claims['exp'] ?? null);
    $good = count($parts) === 3
        && ($header['alg'] ?? null) === 'ES256'
        && ($header['typ'] ?? null) === TYPE
        && ($key = keyNamed($header['kid'] ?? null)) !== null
        && isSigned("$parts[0].$parts[1]", fromBase64url($parts[2]), $key)
        && ($claims['iss'] ?? null) === WARIFU
        && in_array(AUDIENCE, $audience, true)
        && $times && $claims['iat'] <= time() + $leeway && time() < $claims['exp'] + $leeway
        && isset($claims['sub'], $claims['jti'], $claims['amount'], $claims['currency']);
    return $good ? $claims : throw new UnexpectedValueException('not an attestation for this merchant');
}

function settle(array $order, string $response): void
{
    try {
        $claims = claimsOf($response);
    } catch (UnexpectedValueException $refused) {
        error_log("refused: {$refused->getMessage()}");
        return;
    }
    if (isOf($order, $claims) && isVerified($order, $response)) {
        keep(['status' => 'paid'] + $order);
    }
}

/** 6. The issuer tells how a challenge ended, whatever became of the browser. This is what
 * `composer require standard-webhooks/standard-webhooks` does: (new Webhook($secret))->verify($body, $headers) */
function isSignedEvent(string $id, string $at, string $signatures, string $body): bool
{
    $key = base64_decode(preg_replace('/^whsec_/', '', WARIFU_EVENTS_SECRET));
    $right = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$at.$body", $key, true));
    // Two signatures while a secret is being replaced.
    $signed = array_filter(explode(' ', $signatures), fn ($given) => hash_equals($right, $given));
    return $signed !== [] && abs(time() - (int) $at) <= 300;
}

function hear(string $id, array $event): void
{
    // The file is made by whoever hears of it first. The id is the issuer's: letters, digits and `_`.
    if (!@fopen(STORE . "/event-$id", 'x')) {
        return;
    }
    $order = found($event['data']['reference'] ?? '');
    $status = $event['data']['status'];
    // No event pays: that is siteverify's alone.
    if ($order && $order['status'] === 'open' && in_array($status, ['failed', 'expired', 'canceled'], true)) {
        keep(['status' => $status] + $order);
    }
}

/** The page of what the buyer is told when there is no challenge. */
function explain(Refused $refused): string
{
    error_log("{$refused->reason}: {$refused->getMessage()}");
    $withoutPassword = ['unknown_cardholder', 'not_enrolled', 'too_many_unknown_cardholders'];
    if (in_array($refused->reason, $withoutPassword, true)) {
        return 'Please confirm your purchase another way.';
    }
    http_response_code(502);
    return 'Please try again in a while.';
}

function isName(string $id): bool
{
    return preg_match('/^[A-Za-z0-9_-]{1,64}$/D', $id) === 1;
}

function found(string $id): ?array
{
    $file = STORE . "/order-$id";
    return isName($id) && is_file($file) ? json_decode(file_get_contents($file), true) : null;
}

function keep(array $order): array
{
    file_put_contents(STORE . "/order-{$order['id']}", json_encode($order), LOCK_EX);
    return $order;
}

function answer(string $route): string
{
    $id = (string) ($_REQUEST['order'] ?? '');
    $order = found($id);
    switch ($route) {
        case 'GET /':
            $id = bin2hex(random_bytes(16));
            return <<<HTML
            <form action="/buy" method="post"><input type="hidden" name="order" value="$id">
            <button>Buy for &yen;3,150</button></form>
            HTML;
        case 'POST /buy':
            if (!isName($id)) {
                http_response_code(400);
                return 'No order.';
            }
            $order ??= keep([
                'id' => $id, 'amount' => 3150, 'currency' => 'JPY', 'purchased_at' => date(DATE_ATOM), 'status' => 'open',
            ]);
            return checkoutPage($order, createChallenge($order));
        case 'POST /events':
            [$event, $at, $signatures] = array_map(
                fn ($name) => $_SERVER["HTTP_WEBHOOK_$name"] ?? '',
                ['ID', 'TIMESTAMP', 'SIGNATURE'],
            );
            $body = file_get_contents('php://input');
            if (!isSignedEvent($event, $at, $signatures, $body)) {
                http_response_code(400);
                return 'Not an event of the issuer.';
            }
            hear($event, json_decode($body, true));
            http_response_code(204);
            return '';
    }
    if (!$order) {
        http_response_code(404);
        return 'Nothing here.';
    }
    if ($route === 'POST /pay' || $route === 'GET /done') {
        settle($order, (string) ($_REQUEST['warifu-response'] ?? ''));
        header("Location: /order?order=$id", true, 303);
        return '';
    }
    return $order['status'] === 'paid' ? 'Paid.' : "Not paid: {$order['status']}.";
}

@mkdir(STORE, 0700);
header('Content-Type: text/html; charset=utf-8');
header('Cache-Control: no-store');
try {
    echo answer("{$_SERVER['REQUEST_METHOD']} " . strtok($_SERVER['REQUEST_URI'], '?'));
} catch (Refused $refused) {
    echo explain($refused);
}
