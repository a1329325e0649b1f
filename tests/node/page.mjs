// Opens the explorer in a real browser, in light and in dark, and runs its first starter query; in
// light also the subscription, which needs orders of store M0001 that change meanwhile:
// node page.mjs URL OUTDIR → JSON and two pictures; exit 1 with the reasons when something is wrong.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { launchBrowser } from "./browser.mjs";

const SYSTEMS = {
  sap: ["jd", "tmall", "waimai"],
  woo: ["shop", "app", "mini", "live"],
  pos: ["store", "terminal", "popup"],
};
const [url, outdir] = process.argv.slice(2);
if (!url || !outdir) throw new Error("usage: node page.mjs URL OUTDIR");

const problems = [];
const seen = {};
const browserHome = join(outdir, "browser");
await mkdir(outdir, { recursive: true });
try {
  const browser = await launchBrowser(browserHome);
  try {
    for (const scheme of ["light", "dark"]) seen[scheme] = await visit(browser, scheme);
  } finally {
    await browser.close();
  }
} catch (error) {
  problems.push(String(error));
} finally {
  await rm(browserHome, { recursive: true, force: true });
}
if (seen.light && seen.light.background === seen.dark?.background) {
  problems.push(`light and dark have one background, ${seen.light.background}`);
}
console.log(JSON.stringify({ problems, ...seen }, null, 2));
process.exitCode = problems.length === 0 ? 0 : 1;

async function visit(browser, scheme) {
  const context = await browser.newContext({
    colorScheme: scheme,
    viewport: { width: 1440, height: 900 },
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  watch(page, scheme);
  await page.goto(url);
  const role = page.locator("select[name=role]");
  await role.waitFor();
  await role.selectOption({ index: (await role.locator("option").count()) - 1 });
  await role.selectOption({ label: "OPERATIONS" });
  await page.locator("[data-starter='10-person']").click();
  const editor = page.locator(".graphiql-query-editor .monaco-editor").first();
  await editor.locator(".view-line").first().click();
  await page.keyboard.press("Control+Enter");
  await seeSources(page);
  await page.screenshot({ path: join(outdir, `explorer-${scheme}.png`) });
  const outcome = await read(page);
  if (scheme === "light") outcome.followed = await follow(page);
  await context.close();
  judge(outcome, scheme);
  return outcome;
}

/** Anything the browser complains of, and any request that leaves the gateway, is a defect. */
function watch(page, scheme) {
  const origin = new URL(url).origin;
  page.on("pageerror", (error) => problems.push(`${scheme}: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`${scheme}: console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const address = request.url();
    if (new URL(address).protocol !== "data:" && !address.startsWith(`${origin}/`)) {
      problems.push(`${scheme}: a request left the gateway: ${address}`);
    }
  });
}

/** The table comes with the answer; where there is none, the answer itself says why. */
async function seeSources(page) {
  try {
    await page.locator(".explorer-sources tbody tr").first().waitFor();
  } catch {
    const shown = await page.locator(".result-window").innerText();
    throw new Error(`no table of sources under the answer: ${shown.replace(/\s+/g, " ")}`);
  }
}

/** The subscription of the starters, until its second event; then it is stopped. */
async function follow(page) {
  await page.locator("[data-starter='27-order-changes']").click();
  const editor = page.locator(".graphiql-query-editor .monaco-editor").first();
  await editor.locator(".view-line").first().click();
  await page.keyboard.press("Control+Enter");
  const events = await page.evaluate(async () => {
    const pane = document.querySelector(".result-window .monaco-editor");
    const uri = pane.getAttribute("data-uri");
    const model = globalThis.__MONACO.editor.getModels().find((one) => String(one.uri) === uri);
    const seen = new Map();
    while (seen.size < 2) {
      const shown = model.getValue();
      const change = shown.includes("eventId") ? JSON.parse(shown).data?.orderChanged : null;
      if (change) seen.set(change.eventId, change);
      else if (shown.includes("errors")) throw new Error(shown);
      await new Promise((done) => setTimeout(done, 20));
    }
    return [...seen.values()];
  });
  await page.keyboard.press("Control+Enter");
  return events;
}

/** What a person sees: title, colours, the table of sources, and the answer in its editor. */
async function read(page) {
  const sources = await page.locator(".explorer-sources tbody tr").evaluateAll((rows) =>
    rows.map((row) => ({
      name: row.dataset.source,
      status: row.dataset.status,
      field: row.cells[2].textContent,
    })),
  );
  const { answer, background } = await page.evaluate(() => {
    // The editor draws only the lines in view; its model holds the whole text.
    const pane = document.querySelector(".result-window .monaco-editor");
    const uri = pane.getAttribute("data-uri");
    const model = globalThis.__MONACO.editor.getModels().find((one) => String(one.uri) === uri);
    return {
      answer: JSON.parse(model.getValue()),
      background: getComputedStyle(document.querySelector(".graphiql-main").parentElement)
        .backgroundColor,
    };
  });
  const channels = (answer.data?.member?.orders?.edges ?? []).map(({ node }) => node.channel.code);
  const errors = answer.errors ?? [];
  return { title: await page.title(), background, sources, channels, errors };
}

function judge({ title, sources, channels, errors }, scheme) {
  if (title !== "Santong 三通") problems.push(`${scheme}: the title is ${title}`);
  if (errors.length > 0) problems.push(`${scheme}: ${JSON.stringify(errors)}`);
  for (const [name, codes] of Object.entries(SYSTEMS)) {
    if (!channels.some((code) => codes.includes(code))) {
      problems.push(`${scheme}: no order of ${name} among ${channels.join(" ")}`);
    }
    if (!sources.some((source) => source.name === name && source.status === "OK")) {
      problems.push(`${scheme}: the table does not say that ${name} answered`);
    }
  }
}
