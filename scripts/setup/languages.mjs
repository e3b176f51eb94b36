// What only `npm run test:wide -- snippets` needs: the languages of examples/snippets, with the libraries
// that the shops there use. Node's are packages of this project.
import { existsSync } from "node:fs";
import { Failure, capture, step } from "../lib/run.mjs";
import { aptInstall, canApt } from "./apt.mjs";
import { installPython } from "./python.mjs";

/** The oldest that the shops are written for. */
const [oldestGo, oldestJava] = [19, 17];

/** Debian's package of each, and whether it is there. @type {[string, () => boolean][]} */
const packages = [
  ["php-cli", () => /^openssl$/m.test(capture("php", ["-m"]) ?? "")],
  ["ruby", () => capture("ruby", ["--version"]) !== undefined],
  ["ruby-jwt", () => capture("ruby", ["-e", 'require "jwt"']) !== undefined],
  ["ruby-webrick", () => capture("ruby", ["-e", 'require "webrick"']) !== undefined],
  ["golang-go", () => numberIn(/go1\.(\d+)/, capture("go", ["version"])) >= oldestGo],
  // A source file is run by the compiler, which a runtime alone has not.
  [
    "default-jdk-headless",
    () => numberIn(/javac (\d+)/, capture("javac", ["--version"])) >= oldestJava,
  ],
  ["libjackson2-databind-java", () => existsSync("/usr/share/java/jackson-databind.jar")],
];

/** @param {RegExp} pattern @param {string} [text] */
const numberIn = (pattern, text = "") => Number(pattern.exec(text)?.[1] ?? 0);

export async function installLanguages() {
  const missing = () => packages.filter(([, isThere]) => !isThere()).map(([name]) => name);
  const wanted = missing();
  if (wanted.length > 0) {
    if (canApt()) {
      await step("Installing PHP, Ruby, Go and Java for the tests (apt, 1 to 3 minutes)", () =>
        aptInstall(wanted),
      );
    }
    const still = missing();
    if (still.length > 0) {
      throw new Failure(
        `The guide's shops need PHP, Ruby, Go 1.${oldestGo} and Java ${oldestJava} with their libraries: install what is missing (Debian: \`sudo apt-get install ${still.join(" ")}\`).`,
      );
    }
  }
  await installPython();
}
