# A shop that asks the card's issuer to confirm the buyer: gem install jwt webrick; ruby shop.rb
# (Debian: apt-get install ruby-jwt ruby-webrick)
require "json"
require "jwt"
require "net/http"
require "openssl"
require "securerandom"
require "time"
require "webrick"

WARIFU = ENV.fetch("WARIFU")
WARIFU_KEY = ENV.fetch("WARIFU_KEY")
WARIFU_MERCHANT = ENV.fetch("WARIFU_MERCHANT")
WARIFU_EVENTS_SECRET = ENV.fetch("WARIFU_EVENTS_SECRET")
PORT = ENV.fetch("PORT", "3000").to_i
SHOP_URL = ENV.fetch("SHOP_URL", "http://localhost:#{PORT}")
# Who buys: the issuer's id of the cardholder. A real shop knows it from the buyer's login or card.
CARDHOLDER = ENV.fetch("CARDHOLDER", "test_verified")
# What attestations are, and for whom: a test key's have names of their own.
TYPE, AUDIENCE =
  if WARIFU_KEY.start_with?("wk_test_")
    ["warifu-test-attestation+jwt", "test/#{WARIFU_MERCHANT}"]
  else
    ["warifu-attestation+jwt", WARIFU_MERCHANT]
  end

# A real shop keeps these two in its database.
ORDERS = {}
SEEN = {}

# The issuer said no. `code` says why, for this program; the message says it for its developer.
class Refused < StandardError
  attr_reader :code

  def initialize(problem)
    super(problem["detail"])
    @code = problem.fetch("code", "internal")
  end
end

def parsed(text)
  JSON.parse(text)
rescue JSON::ParserError
  {}
end

# One request, or nil when its answer was lost.
def ask(path, body, headers)
  uri = URI(WARIFU + path)
  Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == "https", read_timeout: 15) do |http|
    http.post(uri.path, JSON.generate(body), { "Content-Type" => "application/json" }.merge(headers))
  end
rescue SystemCallError, SocketError, IOError, Timeout::Error
  nil
end

# Posts, up to three times: a lost answer, 429 and 5xx can be asked for again with the same body.
def post(path, body, headers = {})
  1.upto(3) do |tries|
    response = ask(path, body, headers)
    return parsed(response.body) if response.is_a?(Net::HTTPSuccess)

    status = response ? response.code.to_i : 503
    seconds = (response && response["Retry-After"] || 1).to_i
    passes = status == 429 || status >= 500
    problem = response ? parsed(response.body) : { "code" => "unavailable" }
    raise Refused.new(problem) if !passes || tries == 3 || seconds > 5

    sleep seconds
  end
end

# 1. The same order has the same Idempotency-Key, and so the same challenge, however often it is asked.
def create_challenge(order)
  transaction = {
    amount: order[:amount],
    currency: order[:currency],
    purchased_at: order[:purchased_at],
    card_last4: "1234",
    reference: order[:id]
  }
  return_url = "#{SHOP_URL}/done?order=#{order[:id]}"
  body = { cardholder: CARDHOLDER, transaction: transaction, locale: "ja", return_url: return_url }
  headers = { "Authorization" => "Bearer #{WARIFU_KEY}", "Idempotency-Key" => order[:id] }
  post("/v1/challenges", body, headers)
end

# 2. The script tag, and where the form goes; 3. without script, a link.
# Order ids, secrets and addresses need no escaping: they are of letters, digits and `-_:/.` alone.
def checkout_page(order, challenge)
  <<~HTML
    <form id="pay" action="/pay" method="post">
      <input type="hidden" name="order" value="#{order[:id]}">
      <div class="warifu-challenge" data-client-secret="#{challenge["client_secret"]}"></div>
      <noscript><a href="#{challenge["url"]}">Confirm your purchase</a></noscript>
    </form>
    <script>pay.addEventListener("warifu:complete", () => pay.submit())</script>
    <script src="#{WARIFU}/v1/warifu.js" async></script>
  HTML
end

# Whether what the issuer says is about this very order.
def of?(order, said)
  said.values_at("reference", "amount", "currency") == order.values_at(:id, :amount, :currency)
end

# 4. The browser brings a response; siteverify spends it and says what it is worth.
def verified?(order, response)
  body = { secret: WARIFU_KEY, response: response, idempotency_key: order[:id] }
  said = post("/v1/siteverify", body)
  said["success"] == true && of?(order, said)
end

# The issuer's public keys, kept until a response names one that is not among them.
KEYS = lambda do |asked|
  @keys = nil if asked[:kid_not_found] || asked[:invalidate]
  @keys ||= JSON.parse(Net::HTTP.get(URI("#{WARIFU}/.well-known/jwks.json")))
end

# 5. The same without asking: raises unless the issuer signed `response` for this merchant and it is not
# too old. It spends nothing: whoever relies on this alone remembers every `jti`.
def claims_of(response)
  claims, header = JWT.decode(
    response, nil, true,
    algorithms: ["ES256"], jwks: KEYS,
    iss: WARIFU, verify_iss: true,
    aud: AUDIENCE, verify_aud: true,
    required_claims: %w[sub jti iat exp amount currency],
    leeway: 30 # seconds between the issuer's clock and this one
  )
  raise JWT::DecodeError, "not an attestation" unless header["typ"] == TYPE
  # The library's own check of `iat` has no leeway.
  raise JWT::InvalidIatError, "signed in the future" if claims["iat"] > Time.now.to_i + 30

  claims
end

def settle(order, response)
  claims = claims_of(response)
  order[:status] = "paid" if of?(order, claims) && verified?(order, response)
rescue JWT::DecodeError => e
  warn "refused: #{e.message}"
end

# 6. The issuer tells how a challenge ended, whatever became of the browser. This is what the gem
# `standardwebhooks` does: StandardWebhooks::Webhook.new(WARIFU_EVENTS_SECRET).verify(body, headers)
def signed?(id, at, signatures, body)
  return false unless (Time.now.to_i - at.to_i).abs <= 300

  key = WARIFU_EVENTS_SECRET.delete_prefix("whsec_").unpack1("m")
  right = "v1," + [OpenSSL::HMAC.digest("SHA256", key, "#{id}.#{at}.#{body}")].pack("m0")
  # Two signatures while a secret is being replaced.
  signatures.split.any? { |given| OpenSSL.secure_compare(given, right) }
end

def hear(id, event)
  return if SEEN[id]

  SEEN[id] = true
  order = ORDERS[event["data"]["reference"]]
  status = event["data"]["status"]
  # No event pays: that is siteverify's alone.
  order[:status] = status if order && order[:status] == "open" && %w[failed expired canceled].include?(status)
end

# What the buyer is told when there is no challenge.
def explain(refused)
  warn "#{refused.code}: #{refused.message}"
  without_password = %w[unknown_cardholder not_enrolled too_many_unknown_cardholders]
  return [200, "Please confirm your purchase another way."] if without_password.include?(refused.code)

  [502, "Please try again in a while."]
end

def product_page
  <<~HTML
    <form action="/buy" method="post"><input type="hidden" name="order" value="#{SecureRandom.uuid}">
    <button>Buy for &yen;3,150</button></form>
  HTML
end

def new_order(id)
  ORDERS[id] ||= { id: id, amount: 3150, currency: "JPY", purchased_at: Time.now.utc.iso8601, status: "open" }
end

# The status, and the page or the address to go on to.
def answer(route, request)
  if route == "POST /events"
    id, at, signatures = %w[id timestamp signature].map { |name| request["webhook-#{name}"].to_s }
    return [400, "Not an event of the issuer."] unless signed?(id, at, signatures, request.body)

    hear(id, JSON.parse(request.body))
    return [204, ""]
  end

  id = request.query.fetch("order", "").to_s
  order = ORDERS[id]
  case route
  when "GET /" then [200, product_page]
  when "POST /buy"
    return [400, "No order."] unless id.match?(/\A[\w-]{1,64}\z/)

    order = new_order(id)
    [200, checkout_page(order, create_challenge(order))]
  when "POST /pay", "GET /done"
    return [404, "No such order."] unless order

    settle(order, request.query.fetch("warifu-response", "").to_s)
    [303, "/order?order=#{id}"]
  when "GET /order"
    return [404, "No such order."] unless order

    [200, order[:status] == "paid" ? "Paid." : "Not paid: #{order[:status]}."]
  else
    [404, "Nothing here."]
  end
rescue Refused => e
  explain(e)
end

server = WEBrick::HTTPServer.new(
  BindAddress: "localhost", Port: PORT, AccessLog: [], Logger: WEBrick::Log.new($stderr, WEBrick::Log::WARN),
  StartCallback: -> { puts "The shop: #{SHOP_URL}"; $stdout.flush }
)
server.mount_proc("/") do |request, response|
  status, page = answer("#{request.request_method} #{request.path}", request)
  response.status = status
  response["Content-Type"] = "text/html; charset=utf-8"
  response["Cache-Control"] = "no-store"
  status == 303 ? response["Location"] = page : response.body = page
end
server.start
