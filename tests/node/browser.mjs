// A real headless Chromium from npm, unpacked into a directory of its own: no root, no system package.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import packed, { inflate } from "@sparticuz/chromium";
import { chromium } from "playwright-core";

const PACKED = join(
  dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")),
  "..",
  "bin",
);

// The sandbox needs privileges that a container's root and an ordinary user alike may lack;
// only pages of our own gateway are opened.
const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];

/** Unpacks the browser into `home` (the package itself would share /tmp between users). */
export async function launchBrowser(home) {
  mkdirSync(home, { recursive: true });
  process.env.TMPDIR = home;
  const executablePath = await packed.executablePath();
  const env = { ...process.env, HOME: home, FONTCONFIG_FILE: fontsOf(home) };
  if (spawnSync(executablePath, ["--version"], { env }).status !== 0) {
    await inflate(join(PACKED, "al2023.tar.br"));
    env.LD_LIBRARY_PATH = join(home, "al2023", "lib");
  }
  return chromium.launch({ executablePath, args: ARGS, headless: true, env });
}

/** The machine's fonts where it has some, the package's own in any case. */
function fontsOf(home) {
  const file = join(home, "fonts.conf");
  writeFileSync(
    file,
    `<fontconfig>
      <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
      <dir>${join(home, "fonts")}</dir>
      <cachedir>${join(home, "fonts-cache")}</cachedir>
    </fontconfig>`,
  );
  return file;
}
