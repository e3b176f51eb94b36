// What the elements of the messages mean, and their codes where a message has only a code.

/** @typedef {[ja: string, en: string]} Meaning */

/** In the order in which they are shown. @type {{ title: Meaning, elements: Record<string, Meaning> }[]} */
export const groups = [
  {
    title: ["取引", "Transaction"],
    elements: {
      messageVersion: ["プロトコルのバージョン", "version of the protocol"],
      threeDSServerTransID: ["3DSサーバーの取引ID", "the 3DS Server’s id of the transaction"],
      dsTransID: ["ディレクトリサーバーの取引ID", "the directory server’s id of the transaction"],
      acsTransID: ["ACSの取引ID", "the ACS’s id of the transaction"],
      messageCategory: ["支払いかどうか", "whether it is a payment"],
      deviceChannel: ["利用者の環境", "where the cardholder is"],
      threeDSRequestorAuthenticationInd: ["認証の目的", "why authentication is asked for"],
    },
  },
  {
    title: ["結果", "Outcome"],
    elements: {
      transStatus: ["結果", "the outcome"],
      transStatusReason: ["その理由", "the reason for it"],
      cardholderInfo: ["利用者に見せる文", "what the shop shows the cardholder"],
      challengeCancel: ["中断の理由", "why the challenge was broken off"],
      interactionCounter: ["入力の回数", "how often something was entered"],
      authenticationType: ["認証の種類", "kind of authentication"],
      authenticationMethod: ["認証の方法", "how the cardholder was authenticated"],
      eci: ["認証の強さを示す番号", "electronic commerce indicator"],
      authenticationValue: ["認証の証明。承認の電文に入る", "proof for the authorisation"],
      resultsStatus: ["RReqの受け取り", "what became of the RReq"],
      errorCode: ["エラーの番号", "code of the error"],
      errorComponent: ["エラーを見つけた側", "who found the error"],
      errorDescription: ["エラーの説明", "what the code means"],
      errorDetail: ["どの項目か", "which elements"],
      errorMessageType: ["誤りのあったメッセージ", "the message that was wrong"],
    },
  },
  {
    title: ["支払い", "Payment"],
    elements: {
      acctNumber: ["カード番号", "card number"],
      cardExpiryDate: ["カードの有効期限（年月）", "expiry of the card, year and month"],
      merchantName: ["加盟店の名前", "the merchant’s name"],
      purchaseAmount: ["金額（通貨の最小単位）", "amount in the currency’s smallest unit"],
      purchaseCurrency: ["通貨", "currency"],
      purchaseExponent: ["金額のうち小数の桁数", "how many digits of it are decimals"],
      purchaseDate: ["購入日時（UTC）", "when it is bought, in UTC"],
      acquirerBIN: ["加盟店契約会社の番号", "the acquirer’s number"],
      acquirerMerchantID: ["加盟店契約会社がつけた加盟店のID", "the acquirer’s id of the merchant"],
      mcc: ["加盟店の業種", "the merchant’s line of business"],
      merchantCountryCode: ["加盟店の国", "the merchant’s country"],
    },
  },
  {
    title: ["行き先", "Addresses"],
    elements: {
      acsURL: ["認証画面(CReq)の送り先", "where the browser posts the CReq"],
      challengeWindowSize: ["認証画面の大きさ", "size of the window, as wished"],
      notificationURL: ["結果(CRes)の送り先", "where the browser takes the CRes"],
      dsURL: ["結果(RReq)の送り先", "where the result (RReq) goes"],
    },
  },
  {
    title: ["参加者", "Parties"],
    elements: {
      threeDSRequestorID: ["リクエスターのID", "the requestor’s id"],
      threeDSRequestorName: ["リクエスターの名前", "the requestor’s name"],
      threeDSRequestorURL: ["リクエスターの案内ページ", "the requestor’s page of help"],
      threeDSServerRefNumber: ["3DSサーバーの認定番号", "the 3DS Server’s number from EMVCo"],
      threeDSServerURL: ["3DSサーバーのアドレス", "address of the 3DS Server"],
      threeDSCompInd: ["3DSメソッドの結果", "whether the 3DS Method ran"],
      dsReferenceNumber: [
        "ディレクトリサーバーの認定番号",
        "the directory server’s number from EMVCo",
      ],
      acsReferenceNumber: ["ACSの認定番号", "the ACS’s number from EMVCo"],
      acsOperatorID: ["ACSの運営者", "who runs the ACS"],
      acsChallengeMandated: ["認証が法令で必須か", "whether regulation demands the challenge"],
    },
  },
  {
    title: ["ブラウザー", "Browser"],
    elements: {
      acceptLanguage: ["ブラウザーの言語", "the browser’s languages"],
      browserIP: ["ブラウザーのアドレス", "the browser’s address"],
      browserLanguage: ["ブラウザーの言語", "the browser’s language"],
      browserAcceptHeader: ["ブラウザーのAcceptヘッダー", "the browser’s Accept header"],
      browserUserAgent: ["ブラウザーの名前", "what the browser calls itself"],
      browserJavascriptEnabled: ["JavaScriptが動くか", "whether JavaScript runs"],
      browserJavaEnabled: ["Javaが動くか", "whether Java runs"],
      browserColorDepth: ["色の深さ（ビット）", "bits of a colour"],
      browserScreenHeight: ["画面の高さ", "height of the screen"],
      browserScreenWidth: ["画面の幅", "width of the screen"],
      browserTZ: ["UTCとの差（分）", "minutes behind UTC"],
    },
  },
];

/** @type {Record<string, Record<string, Meaning>>} */
const codes = {
  messageCategory: { "01": ["支払い", "payment"], "02": ["支払い以外", "no payment"] },
  deviceChannel: { "02": ["ブラウザー", "browser"] },
  threeDSRequestorAuthenticationInd: {
    "01": ["支払い", "payment"],
    "04": ["カードの登録", "adding a card"],
  },
  threeDSCompInd: { U: ["使わない", "not used"] },
  merchantCountryCode: { 392: ["日本", "Japan"] },
  mcc: { 5942: ["書店", "bookshop"] },
  purchaseCurrency: { 392: ["日本円", "Japanese yen"] },
  transStatus: {
    C: ["本人確認が必要", "a challenge is needed"],
    Y: ["本人と確認できた", "authenticated"],
    N: ["確認できなかった", "not authenticated"],
    U: ["確認を行えなかった", "could not be performed"],
    I: ["情報のみ", "for information only"],
  },
  transStatusReason: {
    "01": ["認証の失敗", "card authentication failed"],
    "04": ["回数の上限", "exceeds frequency limit"],
    "08": ["登録のないカード", "no card record"],
    12: ["この人には許されない", "not permitted to this cardholder"],
    13: ["利用登録がない", "not enrolled"],
    14: ["時間切れ", "timed out"],
    19: ["入力回数の上限", "too many tries"],
    22: ["ACSの障害", "a technical issue of the ACS"],
  },
  acsChallengeMandated: { N: ["いいえ", "no"], Y: ["はい", "yes"] },
  authenticationType: { "02": ["動的（ワンタイムパスワード）", "dynamic: a one-time password"] },
  authenticationMethod: {
    "02": ["SMS", "text message"],
    "04": ["アプリ", "authenticator app"],
    "05": ["その他（Eメール）", "another, here e-mail"],
  },
  eci: { "05": ["認証済み", "authenticated"], "07": ["認証なし", "not authenticated"] },
  challengeCancel: {
    "01": ["利用者が中止", "canceled by the cardholder"],
    "04": ["時間切れ", "timed out"],
    "05": ["CReqが来なかった", "no CReq came"],
    "06": ["障害", "an error"],
  },
  challengeWindowSize: {
    "01": ["250×400", "250×400"],
    "02": ["390×400", "390×400"],
    "03": ["500×600", "500×600"],
    "04": ["600×400", "600×400"],
    "05": ["ページ全体", "the whole page"],
  },
  resultsStatus: { "01": ["受け取った", "received"] },
};

/** @param {string} element */
export const meaningOf = (element) =>
  groups.find(({ elements }) => element in elements)?.elements[element];

/** What a code means, where it is one. @param {string} element @param {unknown} value
 * @returns {Meaning | undefined} */
export const codeMeaning = (element, value) =>
  codes[element]?.[String(Array.isArray(value) ? value[0] : value)];
