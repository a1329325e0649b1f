// Moves a capability of a channel from the page of adoption in a real browser:
// node adoption.mjs PARTS OUTDIR → JSON and pictures; exit 1 with the reasons when something is wrong.
// PARTS is JSON: the gateway's url and the token of wang. What is known of jd's orders lets them into
// the shadow, and no further.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { launchBrowser } from "./browser.mjs";

const [parts, outdir] = process.argv.slice(2);
if (!parts || !outdir) throw new Error("usage: node adoption.mjs PARTS OUTDIR");
const { url, wang } = JSON.parse(parts);
const PAIR = "jd/ORDER";

const problems = [];
const seen = {};
const browserHome = join(outdir, "browser");
await mkdir(outdir, { recursive: true });
try {
  const browser = await launchBrowser(browserHome);
  try {
    await run(await person(browser, "en", "light", { width: 1440, height: 1000 }));
    await looked(await person(browser, "zh-CN", "dark", { width: 390, height: 844 }));
  } finally {
    await browser.close();
  }
} catch (error) {
  problems.push(String(error));
} finally {
  await rm(browserHome, { recursive: true, force: true });
}
console.log(JSON.stringify({ problems, ...seen }, null, 2));
process.exitCode = problems.length === 0 ? 0 : 1;

async function person(browser, locale, colorScheme, viewport) {
  const context = await browser.newContext({ locale, colorScheme, viewport });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  watch(page);
  await page.goto(`${url}/adoption`);
  await page.locator("input[name=token]").fill(wang);
  await page.locator(`[data-cell="${PAIR}"]`).waitFor();
  return page;
}

/** Anything the browser complains of, and any request that leaves the gateway, is a defect. */
function watch(page) {
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    // Only a demo offers tokens; elsewhere they are pasted.
    const offered = message.location().url.endsWith("/explorer/tokens");
    if (message.type() === "error" && !offered) problems.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const address = request.url();
    if (new URL(address).protocol !== "data:" && !address.startsWith(`${url}/`)) {
      problems.push(`a request left the gateway: ${address}`);
    }
  });
}

async function run(page) {
  seen.matrix = await matrix(page);
  await byKeyboard(page);
  await promote(page, "ticket 1: the copy is complete");
  await state(page, "SHADOW_READ");
  await page.locator("[data-step=promoteAdoption]").click();
  seen.foreseen = await page.locator("dialog .foreseen [data-gate]").count();
  await reasoned(page, "ticket 2: let us begin");
  await page.locator("dialog [data-refused]").waitFor();
  seen.refused = await page.evaluate(() => ({
    code: document.querySelector("[data-refused]").dataset.refused,
    gates: document.querySelectorAll("[data-refused] [data-gate]").length,
    advice: document.querySelectorAll("[data-refused] > ul li").length,
  }));
  await picture(page, "refused");
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });

  seen.compared = await page.evaluate(() => ({
    classes: [...document.querySelectorAll("[data-class]")].map(({ dataset }) => dataset.class).sort(),
    differing: document.querySelectorAll("[data-differs=true]").length,
    trend: [...document.querySelector(".trend polyline").points].map(({ y }) => y),
  }));
  await picture(page, "compared");
  await page.locator("[data-differs=true] [data-step=acknowledgeDiff]").click();
  await page.locator("dialog input[name=owner]").fill("li");
  await reasoned(page, "ticket 4: the store was renamed");
  await page.locator(".drawer .told:not(:empty)", { hasText: "xplained" }).waitFor();
  seen.explained = await page.locator(".drawer .told").innerText();

  await routed(page);
  await retried(page);
  await followed(page);
  await page.locator(".bars").first().scrollIntoViewIfNeeded();
  await picture(page, "writes");

  await page.locator("[data-step=haltAdoption]").click();
  seen.halt = await page.locator("dialog [data-meaning] li").count();
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  await halted(page);
  await state(page, "HALTED");
  await page.locator("select[name=target]").selectOption("FEDERATED_READ");
  await page.locator("[data-step=resumeAdoption]").click();
  seen.meaning = await page.locator("dialog [data-meaning] li").count();
  await reasoned(page, "ticket 3: they are well again");
  await state(page, "FEDERATED_READ");
  seen.history = await page
    .locator("[data-change]")
    .evaluateAll((rows) => rows.map(({ dataset }) => [dataset.change, dataset.way]));
  seen.reasons = await page.locator("[data-change] > p:nth-child(2)").allInnerTexts();
  seen.clipped = await clipped(page);
  await picture(page, "drawer");
  await page.keyboard.press("Escape");
  await page.locator(".drawer").waitFor({ state: "detached" });
  seen.back = await page.evaluate(() => document.activeElement.dataset.cell ?? null);
  await decided(page);
}

/** Two stores and the testers go first, and the amounts stay behind. */
async function routed(page) {
  const card = page.locator(".drawer section", { has: page.locator(".routing") });
  await card.locator("summary").click();
  if (await card.locator("[data-step=routeLists]").isEnabled()) problems.push("nothing is changed yet");
  await card.locator("textarea[name=stores]").fill("M0002, M0001");
  await card.locator("textarea[name=labels]").fill("bund");
  await card.getByRole("checkbox", { name: "amounts" }).check();
  await card.locator("[data-step=routeLists]").click();
  const meaning = await page.locator("dialog [data-meaning] li").allInnerTexts();
  await reasoned(page, "ticket 5: the Bund goes first");
  await card.locator("p", { hasText: "amounts" }).waitFor();
  seen.routed = {
    meaning,
    told: await card.locator("p").first().innerText(),
    open: await card.locator("textarea[name=stores]").inputValue(),
  };
}

/** A write that is stuck goes out again; what differs is seen field by field. */
async function retried(page) {
  const rows = () =>
    page.locator("[data-pending]").evaluateAll((found) =>
      found.map((row) => [row.dataset.pending, row.querySelector("code")?.innerText ?? null]),
    );
  seen.stuck = await rows();
  await page.locator("[data-step=retryPendingWrite]").click();
  await reasoned(page, "ticket 6: jd takes it now");
  await page.locator("[data-pending=QUEUED]").waitFor();
  seen.retried = await rows();
  seen.drift = await page.locator("[data-field-drift]").evaluateAll((found) =>
    found.map((row) => {
      const said = row.querySelector("svg").getAttribute("aria-label");
      return [row.dataset.fieldDrift, said.split(": ")[1].split("; ").map(Number)];
    }),
  );
}

/** Differences come in by themselves while somebody looks. */
async function followed(page) {
  await page.locator("[data-step=follow]").click();
  await page.locator("[data-watch=on]").waitFor();
  await page.locator("[data-diff=MISMATCH]").first().waitFor();
  const [found] = await page.locator("[data-diff] > p").allInnerTexts();
  await page.locator(".diffs").scrollIntoViewIfNeeded();
  await picture(page, "live");
  await page.locator("[data-step=follow]").click();
  await page.locator("[data-watch=off]").waitFor();
  seen.live = found.includes("store_code");
}

/** Both sides changed a member's phone: a person says who is right. */
async function decided(page) {
  await page.locator('[data-cell="jd/MEMBER"]').click();
  const row = page.locator("[data-conflict] tbody tr");
  await row.first().waitFor();
  seen.conflict = await row.locator("th, td").allInnerTexts();
  await picture(page, "conflict");
  await page.locator("[data-keep=PLATFORM]").click();
  await reasoned(page, "ticket 7: she told us herself");
  await page.locator("[data-conflict]").waitFor({ state: "detached" });
  seen.decided = await page.locator(".drawer .told").innerText();
  await page.keyboard.press("Escape");
  await page.locator(".drawer").waitFor({ state: "detached" });
}

/** Everything halts at once, and what that is stands there before anybody agrees. */
async function halted(page) {
  const button = page.locator("[data-step=haltAdoptions]");
  await button.click();
  await page.locator("dialog").waitFor(); // the gateway is asked first what there is to halt
  seen.toHalt = await page.locator("dialog [data-meaning] li").allInnerTexts();
  await picture(page, "halt-all");
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  seen.haltBack = await button.evaluate((one) => one === document.activeElement);
  await button.click();
  await reasoned(page, "ticket 3: the shop asks us to stop");
  await page.locator(".halting .told:not(:empty)").waitFor();
  seen.haltedAll = await page.locator(".halting .told").innerText();
}

/** A phone in the dark, in Chinese: the same, and nothing is cut off. */
async function looked(page) {
  await picture(page, "narrow");
  const narrow = await clipped(page);
  await page.locator(`[data-cell="${PAIR}"]`).click();
  await page.locator(".drawer [data-change]").first().waitFor();
  await picture(page, "narrow-drawer");
  seen.narrow = {
    clipped: narrow || (await clipped(page)),
    heading: await page.locator("#pair").innerText(),
    background: await page.evaluate(() => getComputedStyle(document.body).backgroundColor),
  };
}

/** The pair is reached and opened without a mouse. */
async function byKeyboard(page) {
  const cell = page.locator(`[data-cell="${PAIR}"]`);
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press("Tab");
    if (await cell.evaluate((button) => button === document.activeElement)) break;
  }
  await page.keyboard.press("Enter");
  await page.locator(".drawer .ladder").waitFor();
  seen.address = new URL(page.url()).hash;
}

async function promote(page, reason) {
  await page.locator("[data-step=promoteAdoption]").click();
  await reasoned(page, reason);
}

/** A move without a reason is not to be had. */
async function reasoned(page, reason) {
  const yes = page.locator("dialog [data-step=yes]");
  if (await yes.isEnabled()) problems.push("a move may be confirmed without a reason");
  await page.locator("dialog textarea").fill(reason);
  await yes.click();
}

async function state(page, name) {
  await page.locator(`.drawer .heading em[data-state=${name}]`).waitFor();
}

async function matrix(page) {
  return page
    .locator("[data-cell]")
    .evaluateAll((cells) => cells.map((one) => [one.dataset.cell, one.querySelector("em").dataset.state]));
}

async function clipped(page) {
  return page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll("main, .overview, .drawer")].some(
      (one) => one.scrollWidth > one.clientWidth,
    ),
  );
}

async function picture(page, name) {
  await page.screenshot({ path: join(outdir, `adoption-${name}.png`), fullPage: true });
}
