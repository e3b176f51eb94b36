// A shop that asks the card's issuer to confirm the buyer: go run shop.go
//
// It uses the standard library alone. Usual libraries for signatures are github.com/golang-jwt/jwt/v5 with
// github.com/MicahParks/keyfunc/v3, and github.com/standard-webhooks/standard-webhooks/libraries/go.
package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

var (
	warifu   = os.Getenv("WARIFU")
	key      = os.Getenv("WARIFU_KEY")
	merchant = os.Getenv("WARIFU_MERCHANT")
	secret   = os.Getenv("WARIFU_EVENTS_SECRET")
	port     = setting("PORT", "3000")
	shop     = setting("SHOP_URL", "http://localhost:"+port)
	// Who buys: the issuer's id of the cardholder. A real shop knows it from the buyer's login or card.
	cardholder = setting("CARDHOLDER", "test_verified")
	// What attestations are, and for whom: a test key's have names of their own.
	attestationType, attestationAudience = attestations()
)

func attestations() (kind, audience string) {
	if strings.HasPrefix(key, "wk_test_") {
		return "warifu-test-attestation+jwt", "test/" + merchant
	}
	return "warifu-attestation+jwt", merchant
}

type order struct {
	ID, Currency, PurchasedAt, Status string
	Amount                            int64
}

// A real shop keeps these two in its database.
var (
	orders = map[string]*order{}
	seen   = map[string]bool{}
	mutex  sync.Mutex
)

// refused is the issuer's no. Code says why, for this program; Detail says it for its developer.
type refused struct{ Code, Detail string }

func (r *refused) Error() string { return r.Code + ": " + r.Detail }

var client = &http.Client{Timeout: 15 * time.Second}

// post asks up to three times: a lost answer, 429 and 5xx can be asked for again with the same body.
func post(path string, body any, headers map[string]string, answer any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	for tries := 1; ; tries++ {
		request, err := http.NewRequest("POST", warifu+path, bytes.NewReader(data))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", "application/json")
		for name, value := range headers {
			request.Header.Set(name, value)
		}
		status, seconds, problem := 0, 1, &refused{Code: "unavailable"}
		if response, err := client.Do(request); err == nil {
			text, err := io.ReadAll(response.Body)
			response.Body.Close()
			if err == nil && response.StatusCode < 300 {
				return json.Unmarshal(text, answer)
			}
			status = response.StatusCode
			json.Unmarshal(text, problem) // A text that is no JSON leaves it as it is.
			if after, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
				seconds = after
			}
		}
		passes := status < 300 || status == 429 || status >= 500
		if !passes || tries == 3 || seconds > 5 {
			return problem
		}
		time.Sleep(time.Duration(seconds) * time.Second)
	}
}

type challenge struct {
	ID           string `json:"id"`
	ClientSecret string `json:"client_secret"`
	URL          string `json:"url"`
}

// 1. The same order has the same Idempotency-Key, and so the same challenge, however often it is asked.
func createChallenge(o order) (made challenge, err error) {
	body := map[string]any{
		"cardholder": cardholder,
		"transaction": map[string]any{
			"amount":       o.Amount,
			"currency":     o.Currency,
			"purchased_at": o.PurchasedAt,
			"card_last4":   "1234",
			"reference":    o.ID,
		},
		"locale":     "ja",
		"return_url": shop + "/done?order=" + o.ID,
	}
	headers := map[string]string{"Authorization": "Bearer " + key, "Idempotency-Key": o.ID}
	err = post("/v1/challenges", body, headers, &made)
	return made, err
}

// 2. The script tag, and where the form goes; 3. without script, a link.
// Order ids, secrets and addresses need no escaping: they are of letters, digits and -_:/. alone.
func checkoutPage(o order, c challenge) string {
	return fmt.Sprintf(`
<form id="pay" action="/pay" method="post">
  <input type="hidden" name="order" value="%s">
  <div class="warifu-challenge" data-client-secret="%s"></div>
  <noscript><a href="%s">Confirm your purchase</a></noscript>
</form>
<script>pay.addEventListener("warifu:complete", () => pay.submit())</script>
<script src="%s/v1/warifu.js" async></script>`, o.ID, c.ClientSecret, c.URL, warifu)
}

// facts are what siteverify and an attestation both say.
type facts struct {
	Reference string `json:"reference"`
	Amount    int64  `json:"amount"`
	Currency  string `json:"currency"`
}

// isOf says whether what the issuer says is about this very order.
func (f facts) isOf(o order) bool {
	return f.Reference == o.ID && f.Amount == o.Amount && f.Currency == o.Currency
}

// 4. The browser brings a response; siteverify spends it and says what it is worth.
func isVerified(o order, response string) (bool, error) {
	var said struct {
		Success bool `json:"success"`
		facts
	}
	body := map[string]string{"secret": key, "response": response, "idempotency_key": o.ID}
	err := post("/v1/siteverify", body, nil, &said)
	return err == nil && said.Success && said.isOf(o), err
}

type audience []string

// UnmarshalJSON reads one name or a list (RFC 7519, 4.1.3).
func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

type claims struct {
	Issuer   string   `json:"iss"`
	Audience audience `json:"aud"`
	Subject  string   `json:"sub"`
	ID       string   `json:"jti"`
	IssuedAt int64    `json:"iat"`
	Expires  int64    `json:"exp"`
	facts
}

// publicKey is the issuer's key of this name. A real shop keeps the keys for some minutes.
func publicKey(kid string) (*ecdsa.PublicKey, error) {
	response, err := client.Get(warifu + "/.well-known/jwks.json")
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var set struct{ Keys []struct{ Kid, X, Y string } }
	if err := json.NewDecoder(response.Body).Decode(&set); err != nil {
		return nil, err
	}
	for _, k := range set.Keys {
		if k.Kid != kid {
			continue
		}
		x, _ := base64.RawURLEncoding.DecodeString(k.X)
		y, _ := base64.RawURLEncoding.DecodeString(k.Y)
		point := &ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int).SetBytes(x), Y: new(big.Int).SetBytes(y)}
		if point.IsOnCurve(point.X, point.Y) {
			return point, nil
		}
	}
	return nil, errors.New("no such key")
}

// 5. The same without asking: an error unless the issuer signed response for this merchant and it is not too
// old. It spends nothing: whoever relies on this alone remembers every jti.
func claimsOf(response string) (said claims, err error) {
	const leeway = 30 // seconds between the issuer's clock and this one
	parts := strings.Split(response, ".")
	if len(parts) != 3 {
		return said, errors.New("not a JWS")
	}
	decoded := make([][]byte, 3)
	for n, part := range parts {
		if decoded[n], err = base64.RawURLEncoding.DecodeString(part); err != nil {
			return said, err
		}
	}
	var header struct{ Alg, Typ, Kid string }
	if err := json.Unmarshal(decoded[0], &header); err != nil {
		return said, err
	}
	if header.Alg != "ES256" || header.Typ != attestationType {
		return said, errors.New("not an attestation")
	}
	public, err := publicKey(header.Kid)
	if err != nil {
		return said, err
	}
	hash := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	signature := decoded[2]
	if len(signature) != 64 || !ecdsa.Verify(public, hash[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return said, errors.New("not signed by the issuer")
	}
	if err := json.Unmarshal(decoded[1], &said); err != nil {
		return said, err
	}
	forUs := false
	for _, name := range said.Audience {
		forUs = forUs || name == attestationAudience
	}
	now := time.Now().Unix()
	switch {
	case said.Issuer != warifu || !forUs:
		return said, errors.New("for another merchant, or of another issuer")
	case said.IssuedAt > now+leeway || now >= said.Expires+leeway:
		return said, errors.New("too old, or not yet good")
	case said.Subject == "" || said.ID == "" || said.IssuedAt == 0:
		return said, errors.New("without a claim that an attestation has")
	}
	return said, nil
}

func settle(id, response string) error {
	o, _ := found(id)
	said, err := claimsOf(response)
	if err != nil {
		log.Print("refused: ", err)
		return nil
	}
	if !said.isOf(o) {
		return nil
	}
	verified, err := isVerified(o, response)
	if verified {
		mutex.Lock()
		orders[id].Status = "paid"
		mutex.Unlock()
	}
	return err
}

// 6. The issuer tells how a challenge ended, whatever became of the browser.
func isSigned(headers http.Header, body []byte) bool {
	id, at := headers.Get("webhook-id"), headers.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(at, 10, 64)
	age := time.Now().Unix() - seconds
	if err != nil || age > 300 || age < -300 {
		return false
	}
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "%s.%s.%s", id, at, body)
	right := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	// Two signatures while a secret is being replaced.
	for _, given := range strings.Fields(headers.Get("webhook-signature")) {
		if hmac.Equal([]byte(given), []byte(right)) {
			return true
		}
	}
	return false
}

func hear(id string, body []byte) error {
	var event struct {
		Data struct{ Reference, Status string }
	}
	if err := json.Unmarshal(body, &event); err != nil {
		return err
	}
	mutex.Lock()
	defer mutex.Unlock()
	if seen[id] {
		return nil
	}
	seen[id] = true
	o := orders[event.Data.Reference]
	if o == nil || o.Status != "open" {
		return nil
	}
	// No event pays: that is siteverify's alone.
	switch event.Data.Status {
	case "failed", "expired", "canceled":
		o.Status = event.Data.Status
	}
	return nil
}

func found(id string) (order, bool) {
	mutex.Lock()
	defer mutex.Unlock()
	if o := orders[id]; o != nil {
		return *o, true
	}
	return order{}, false
}

func newOrder(id string) order {
	mutex.Lock()
	defer mutex.Unlock()
	if orders[id] == nil {
		now := time.Now().Format(time.RFC3339)
		orders[id] = &order{ID: id, Amount: 3150, Currency: "JPY", PurchasedAt: now, Status: "open"}
	}
	return *orders[id]
}

// explain is what the buyer is told when there is no challenge.
func explain(err error) (int, string) {
	log.Print(err)
	var no *refused
	if errors.As(err, &no) {
		switch no.Code {
		case "unknown_cardholder", "not_enrolled", "too_many_unknown_cardholders":
			return 200, "Please confirm your purchase another way."
		}
	}
	return 502, "Please try again in a while."
}

var isName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`).MatchString

// answer is a status, and the page or the address to go on to.
func answer(request *http.Request) (int, string) {
	route := request.Method + " " + request.URL.Path
	if route == "POST /events" {
		body, err := io.ReadAll(request.Body)
		if err != nil || !isSigned(request.Header, body) || hear(request.Header.Get("webhook-id"), body) != nil {
			return 400, "Not an event of the issuer."
		}
		return 204, ""
	}
	id := request.FormValue("order")
	o, known := found(id)
	switch route {
	case "GET /":
		random := make([]byte, 16)
		rand.Read(random)
		return 200, fmt.Sprintf(`<form action="/buy" method="post"><input type="hidden" name="order" value="%s">
<button>Buy for &yen;3,150</button></form>`, hex.EncodeToString(random))
	case "POST /buy":
		if !isName(id) {
			return 400, "No order."
		}
		o = newOrder(id)
		made, err := createChallenge(o)
		if err != nil {
			return explain(err)
		}
		return 200, checkoutPage(o, made)
	case "POST /pay", "GET /done":
		if !known {
			return 404, "No such order."
		}
		if err := settle(id, request.FormValue("warifu-response")); err != nil {
			return explain(err)
		}
		return 303, "/order?order=" + id
	case "GET /order":
		if !known {
			return 404, "No such order."
		}
		if o.Status == "paid" {
			return 200, "Paid."
		}
		return 200, "Not paid: " + o.Status + "."
	}
	return 404, "Nothing here."
}

func main() {
	http.HandleFunc("/", func(writer http.ResponseWriter, request *http.Request) {
		status, page := answer(request)
		writer.Header().Set("Content-Type", "text/html; charset=utf-8")
		writer.Header().Set("Cache-Control", "no-store")
		if status == 303 {
			writer.Header().Set("Location", page)
			page = ""
		}
		writer.WriteHeader(status)
		io.WriteString(writer, page)
	})
	listener, err := net.Listen("tcp", "localhost:"+port)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("The shop: " + shop)
	log.Fatal(http.Serve(listener, nil))
}
