// Runs a flash sale from its page in a real browser, by two persons, while members buy:
// node sales.mjs PARTS OUTDIR → JSON and pictures; exit 1 with the reasons when something is wrong.
// PARTS is JSON: the gateway's url, the tokens of ann, bob and the service desk, those of buyers.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { launchBrowser } from "./browser.mjs";

const [parts, outdir] = process.argv.slice(2);
if (!parts || !outdir) throw new Error("usage: node sales.mjs PARTS OUTDIR");
const { url, ann, bob, service, buyers } = JSON.parse(parts);
const SALE = "spring-7";

const problems = [];
const seen = {};
const bought = [];
const browserHome = join(outdir, "browser");
await mkdir(outdir, { recursive: true });
try {
  const browser = await launchBrowser(browserHome);
  try {
    await run(await person(browser, "ann", ann, "en", "light"), browser);
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

/** A person at the page, each in a browser context of her own. */
async function person(browser, name, token, locale, colorScheme) {
  const context = await browser.newContext({
    locale,
    colorScheme,
    viewport: { width: 1440, height: 1000 },
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  watch(page, name);
  await page.goto(`${url}/sales#${name === "ann" ? "" : SALE}`);
  await page.locator("input[name=token]").fill(token);
  return page;
}

/** Anything the browser complains of, and any request that leaves the gateway, is a defect. */
function watch(page, name) {
  page.on("pageerror", (error) => problems.push(`${name}: ${error.message}`));
  page.on("console", (message) => {
    // Only a demo offers tokens; elsewhere they are pasted.
    const offered = message.location().url.endsWith("/explorer/tokens");
    if (message.type() === "error" && !offered) problems.push(`${name}: console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const address = request.url();
    if (new URL(address).protocol !== "data:" && !address.startsWith(`${url}/`)) {
      problems.push(`${name}: a request left the gateway: ${address}`);
    }
  });
}

async function run(page, browser) {
  await define(page);
  await state(page, "DRAFT");
  await step(page, "preloadFlashSale");
  await state(page, "PRELOADED");
  await step(page, "rehearseFlashSale");
  await page.locator("[data-rehearsal=DONE] [data-audit=agrees]").waitFor();
  seen.rehearsed = await page.locator("[data-rehearsal] p").first().innerText();
  await step(page, "openFlashSale");
  await step(page, "withdrawFlashProposal");
  await page.locator(".waiting").waitFor({ state: "detached" });
  await step(page, "openFlashSale");
  await page.locator(".waiting [data-proposal=OPEN]").waitFor();
  seen.ownConfirm = await page.locator("[data-step=confirmFlashSale]").count();
  await picture(page, "waiting");

  const second = await person(browser, "bob", bob, "zh-CN", "dark");
  await byKeyboard(second);
  await state(page, "OPEN");
  await sells();
  for (const token of buyers) await buy(token, 2);
  await buy(buyers[0], 2);
  await buy(buyers[1], 2);
  await until(page, "the orders are counted", async () => {
    return (await left(page)) === 40 - 2 * buyers.length;
  });
  await page.locator("[data-refusal=LIMIT_REACHED] b", { hasText: "2" }).waitFor();
  await until(page, "the line of orders goes up", async () => (await read(page)).moved[2]);
  seen.open = await read(page);

  await page.locator("input[name=rate]").fill("50");
  await step(page, "changeFlashSaleRate");
  await page.locator("input[name=units]").fill("5");
  await page.locator("select[name=pool]").selectOption("jd");
  await step(page, "topUpFlashSale");
  await second.locator("[data-proposal=TOP_UP] [data-step=confirmFlashSale]").click();
  await until(page, "the quota is topped up", async () => {
    return (await left(page)) === 45 - 2 * buyers.length;
  });
  await picture(page, "open");
  await picture(second, "open-zh");

  await step(page, "pauseFlashSale");
  await state(page, "PAUSED");
  await step(page, "endFlashSale");
  await page.locator("dialog[open] [data-step=yes]").click();
  await state(page, "CLOSED");
  await step(page, "reconcileFlashSale");
  await page.locator("dialog[open] [data-step=yes]").click();
  await page.locator(".told[data-refused=true]").waitFor();
  seen.unpaid = await page.locator(".told").innerText();
  await pay();
  await step(page, "reconcileFlashSale");
  await page.locator("dialog[open] [data-step=yes]").click();
  await state(page, "RECONCILED");
  await page.locator("[data-tile=paid] b", { hasText: String(2 * buyers.length) }).waitFor();
  seen.end = await read(page);
  await picture(page, "reconciled");
}

async function define(page) {
  await page.locator("[data-step=new]").click();
  const hour = 3_600_000;
  const fields = {
    id: SALE,
    sku: "SN-1",
    price: "9.90",
    opensAt: local(Date.now() - hour),
    closesAt: local(Date.now() + hour),
    perMember: "2",
    "units-0": "30",
    targetUnits: "20",
    targetAmount: "198",
    onHand: "100",
  };
  for (const [name, value] of Object.entries(fields)) {
    await page.locator(`.define [name="${name}"]`).fill(value);
  }
  await page.locator("[data-step=addPool]").click();
  await page.locator(".define [name=units-1]").fill("10");
  await picture(page, "define");
  await step(page, "defineFlashSale");
}

/** The second person never touches a mouse. */
async function byKeyboard(page) {
  const confirm = page.locator("[data-step=confirmFlashSale]");
  await confirm.waitFor();
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    if (await confirm.evaluate((button) => button === document.activeElement)) break;
  }
  await page.keyboard.press("Enter");
}

async function step(page, name) {
  await page.locator(`[data-step=${name}]:enabled`).click();
}

async function state(page, name) {
  await page.locator(`.heading em[data-state=${name}]`).waitFor();
}

async function left(page) {
  return Number((await page.locator("[data-tile=remaining] b").innerText()).replace(/\D/g, ""));
}

async function picture(page, name) {
  await page.screenshot({ path: join(outdir, `sales-${name}.png`), fullPage: true });
}

async function until(page, what, holds) {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await holds()) return;
    await page.waitForTimeout(100);
  }
  throw new Error(`never: ${what}`);
}

/** The process that sells has heard of the opening. */
async function sells() {
  for (let tries = 0; tries < 300; tries += 1) {
    const stands = await (await fetch(`${url}/flash/${SALE}`)).json();
    if (stands.state === "OPEN") return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the sale never opened");
}

async function buy(token, quantity) {
  const authorization = `Bearer ${token}`;
  const entered = await fetch(`${url}/flash/${SALE}/tickets`, {
    method: "POST",
    headers: { authorization },
  });
  const { ticket } = await entered.json();
  const wish = { idempotencyKey: crypto.randomUUID(), quantity };
  const answer = await fetch(`${url}/flash/${SALE}/orders`, {
    method: "POST",
    headers: { "santong-ticket": ticket },
    body: JSON.stringify(wish),
  });
  const outcome = await answer.json();
  if (outcome.reservation !== undefined) bought.push(outcome.reservation);
}

async function pay() {
  for (const key of bought) {
    const { reservation } = await graph(
      "query ($s: ID!, $k: ID!) { reservation(sale: $s, key: $k) { id } }",
      { s: SALE, k: key },
    );
    await graph("mutation ($i: SettleReservationInput!) { payReservation(input: $i) { __typename } }", {
      i: { reservation: reservation.id, idempotencyKey: key },
    });
  }
}

async function graph(query, variables) {
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { authorization: `Bearer ${service}`, "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  return (await answer.json()).data;
}

/** What a person sees: stock by channel, figures, refusals, the auditor, and lines that moved. */
async function read(page) {
  return page.evaluate(() => {
    const text = (one) => one?.textContent.trim() ?? null;
    const named = (selector, key) =>
      Object.fromEntries(
        [...document.querySelectorAll(selector)].map((one) => [one.dataset[key], text(one.querySelector("b, td"))]),
      );
    return {
      pools: named("[data-pool]", "pool"),
      tiles: named("[data-tile]", "tile"),
      refusals: named("[data-refusal]", "refusal"),
      audit: document.querySelector("section:not([data-rehearsal]) [data-audit]")?.dataset.audit ?? null,
      live: document.querySelector("[data-live]").dataset.live,
      moved: [...document.querySelectorAll(".chart polyline")].map(
        (line) => new Set([...line.points].map(({ y }) => y)).size > 1,
      ),
      clipped: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    };
  });
}

function local(at) {
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
