/** What the site says, in both languages. */
const ja = {
  name: "Myわりふ",
  kind: "会員サイト",
  other: "English",
  greeting: "様",
  authentication: "ご購入のための本人確認",
  story: "インターネットでのご購入時に、ワンタイムパスワードでご本人を確かめます。",
  current: "現在のご登録内容",
  none: "未登録",
  channels: {
    email: "Eメール",
    sms: "SMS(携帯電話番号)：",
    app: "ワンタイムパスワード認証(アプリ)",
  },
  terms: "J/Secure 利用者規定",
  accepted: (/** @type {string} */ day) => `${day}に承認`,
  change: "認証方式の変更",
  contacts: "お客様情報",
  email: "Eメールアドレス",
  phone: "携帯電話番号",
  changed: "認証方式を変更しました。",
  canceled: "変更をやめました。ご登録内容は変わっていません。",
  released: "ご購入を確認しました。お店の画面に戻って、続きをお進めください。",
  question: "このご購入はご自身のものですか",
  keptOut:
    "入力の誤りが続いたため、本人確認を停止しています。ご自身のご購入であれば、すぐに続けられます。",
  merchant: "加盟店名",
  amount: "ご利用金額",
  date: "ご利用日",
  mine: "自分の購入です",
  notMine: "お心当たりがないときは、押さずに、カード裏面の電話番号へご連絡ください。",
  expect: "購入金額の登録",
  expectWhen:
    "お店の画面で「本人確認を停止しています」と案内されたときは、こちらへお進みください。",
  expectOpen: "購入金額を登録する",
  expectStory:
    "これから支払う金額を登録すると、30分以内に、同じ金額のご注文を1回お受けします。送料などを含む、お店の画面の合計と1円まで同じ金額をご入力ください。",
  expectAmount: "合計金額(円)",
  expectSend: "この金額を登録する",
  expectCare:
    "ご自身で購入するときだけ登録してください。この登録を電話やメールでお願いすることはありません。",
  expected: (/** @type {string} */ amount, /** @type {string} */ time) =>
    `${amount}のご注文を${time}までお待ちしています。お店の画面から、もう一度ご注文ください。`,
  expectNothing: "登録を取り消す",
  unexpected: "購入金額の登録を取り消しました。",
  demo: "この会員サイトは見本です。どの会員として見るかを選べます。",
  members: "会員を選ぶ",
  version: "版",
  articles: [
    "インターネットでのご購入時に、ご登録の方法で本人確認を受けていただきます。",
    "ワンタイムパスワードは1回限り有効です。当社がお電話やメールでお聞きすることはありません。どなたにも教えないでください。",
    "Eメールアドレスや携帯電話番号が変わったときは、この会員サイトですぐに変更してください。",
    "この規定を変えるときは、この会員サイトでお知らせします。",
  ],
  sample: "この規定は見本です。",
  back: "会員サイトに戻る",
  sorry: "申し訳ありません",
  /** By what the API or the site itself calls them. @type {Record<string, string>} */
  problems: {
    cardholder_not_found: "この会員の方のご登録が見つかりません。",
    challenge_not_found: "お探しのご購入は見つかりません。お店の画面からもう一度お試しください。",
    challenge_verified: "このご購入の本人確認は、すでに済んでいます。",
    challenge_failed: "このご購入の本人確認は終了しました。お店の画面からもう一度お試しください。",
    challenge_expired:
      "このご購入の本人確認は時間切れになりました。お店の画面からもう一度お試しください。",
    challenge_canceled: "このご購入は取り消されています。",
    no_destination:
      "お選びいただける認証方式がありません。Eメールアドレスか携帯電話番号をご登録ください。",
    foreign:
      "会員サイトの外から手続きを始めることはできません。会員サイトからもう一度お進みください。",
    amount: "金額を、1円以上の数字で入力してください。",
    missing: "お探しのページは見つかりません。",
    trouble:
      "ただいまお手続きできません。ご登録内容は変わっていません。時間をおいてお試しください。",
  },
};

/** @type {typeof ja} */
const en = {
  name: "My Warifu",
  kind: "Member site",
  other: "日本語",
  greeting: "",
  authentication: "Verification of your purchases",
  story: "When you buy on the internet, a one-time password makes sure that it is you.",
  current: "Current registration",
  none: "Not registered",
  channels: {
    email: "E-mail",
    sms: "SMS (mobile number):",
    app: "One-time password (app)",
  },
  terms: "J/Secure terms of use",
  accepted: (day) => `accepted on ${day}`,
  change: "Change the authentication method",
  contacts: "Your contacts",
  email: "E-mail address",
  phone: "Mobile number",
  changed: "Your authentication method was changed.",
  canceled: "You canceled the change. Your registration is as it was.",
  released: "We let your purchase in. Go back to the shop’s page and go on there.",
  question: "Is this purchase yours?",
  keptOut:
    "Verification is stopped after repeated wrong entries. If the purchase is yours, you can go on at once.",
  merchant: "Merchant",
  amount: "Amount",
  date: "Date",
  mine: "It is mine",
  notMine: "If you do not know it, do not press: call the number on the back of your card.",
  expect: "The amount of a purchase",
  expectWhen: "Come here when a shop says that verification is paused for your safety.",
  expectOpen: "Enter an amount",
  expectStory:
    "Enter what you are about to pay: one order of that amount is let in within 30 minutes. Enter the total that the shop shows, with shipping, to the yen.",
  expectAmount: "Total (yen)",
  expectSend: "This is what I pay",
  expectCare: "Enter it only when you buy yourself. We never ask for it by telephone or mail.",
  expected: (amount, time) =>
    `We wait for your order of ${amount} until ${time}. Go back to the shop and order again.`,
  expectNothing: "Take it back",
  unexpected: "You took the amount back.",
  demo: "This member site is a sample: choose which member you are.",
  members: "Choose a member",
  version: "Version",
  articles: [
    "When you buy on the internet, you are verified by the method that you registered.",
    "A one-time password is valid once. We never ask for it by telephone or mail. Tell it to nobody.",
    "When your e-mail address or mobile number changes, change it on this member site at once.",
    "When these terms change, we say so on this member site.",
  ],
  sample: "These terms are a sample.",
  back: "Back to the member site",
  sorry: "We are sorry",
  problems: {
    cardholder_not_found: "We could not find this member’s registration.",
    challenge_not_found: "We could not find that purchase. Please try again from the shop’s page.",
    challenge_verified: "This purchase has been verified already.",
    challenge_failed:
      "The verification of this purchase has ended. Please try again from the shop’s page.",
    challenge_expired:
      "The time to verify this purchase is over. Please try again from the shop’s page.",
    challenge_canceled: "This purchase was canceled.",
    no_destination:
      "There is no authentication method that you could choose. Please register an e-mail address or a mobile number.",
    foreign: "This cannot be started from another site. Please start again from the member site.",
    amount: "Please enter the amount in yen, as a number from 1.",
    missing: "We could not find that page.",
    trouble: "We cannot do this right now. Your registration is as it was. Please try again later.",
  },
};

export const words = { ja, en };

/** The names of the demonstration's members, which the issuer knows and Warifu does not.
 * @type {Record<string, { ja: string, en: string }>} */
export const members = {
  taro: { ja: "山田 太郎", en: "Taro Yamada" },
  hanako: { ja: "佐藤 花子", en: "Hanako Sato" },
};

/** As the setting TERMS_VERSION of the Worker says it. */
export const termsVersion = "2026-04";
