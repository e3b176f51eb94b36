// The names that an app's entry has of a deployment, from the shortest to the longest that the
// settings allow: how many modules the QR code has depends on them.

/** @param {string} issuer @param {string} english @param {string} programme */
const names = (issuer, english, programme) => ({
  ISSUER_NAME: issuer,
  ISSUER_NAME_EN: english,
  PROGRAMME_NAME: programme,
});

/** A text of so many characters. @param {number} length @param {string} characters */
const long = (length, characters) => characters.repeat(length).slice(0, length);

/** @type {Record<string, ReturnType<typeof names>>} */
export const entryNames = {
  "the shortest": names("J", "J", "P"),
  "the demonstration's": names("株式会社わりふカード", "Warifu Card Co., Ltd.", "J/Secure"),
  "a bank's": names("日本信用販売株式会社", "Nippon Credit & Sales Co., Ltd.", "本人認証サービス"),
  // 120 bytes each. A byte is at most three characters in an address.
  "the longest": names(
    long(40, "株式会社日本信用販売銀行東京海上火災保険電機製作所"),
    long(120, "&% "),
    long(40, "本人認証サービス・ワンタイムパスワード"),
  ),
};
