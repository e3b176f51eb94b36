// A Python of the tests' own in .warifu/python, with the packages of scripts/setup/python/requirements.txt.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { at, paths } from "../lib/paths.mjs";
import { Failure, capture, run, step } from "../lib/run.mjs";
import { aptInstall, canApt } from "./apt.mjs";

const requirements = at("scripts/setup/python/requirements.txt");

/** The oldest Python that the packages take. */
const oldest = [3, 11];

export async function installPython() {
  const wanted = readFileSync(requirements, "utf8");
  const installed = join(paths.python, "requirements.txt");
  if (existsSync(installed) && readFileSync(installed, "utf8") === wanted) return;
  await havePython();
  await step("Installing Python packages for the tests (pip, about a minute)", async () => {
    rmSync(paths.python, { recursive: true, force: true });
    await run("python3", ["-m", "venv", paths.python]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    await run(
      join(paths.python, "bin/python"),
      [...pip, "--no-deps", "--only-binary", ":all:", "-r", requirements],
      { hint: "It needs the Python package index." },
    );
    writeFileSync(installed, wanted);
  });
}

/** A Python that makes environments: Debian has that part in a package of its own. */
async function havePython() {
  const missing = `Python ${oldest.join(".")} or newer with venv is missing: install it (Debian: \`sudo apt-get install python3-venv\`).`;
  const version = () =>
    capture("python3", ["-c", "import ensurepip, sys; print(*sys.version_info[:2])"]);
  if (!version() && canApt()) {
    await step("Installing Python for the tests (apt, under a minute)", () =>
      aptInstall(["python3-venv"]),
    );
  }
  const [major = 0, minor = 0] = (version() ?? "").split(" ").map(Number);
  if (major !== oldest[0] || minor < oldest[1]) throw new Failure(missing);
}
