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
