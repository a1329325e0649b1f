// Asks for plans in the explorer's own panel, in light and in dark, by keyboard, as two roles:
// node plan.mjs URL OUTDIR → JSON and pictures; exit 1 with the reasons when something is wrong.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { launchBrowser } from "./browser.mjs";

const [url, outdir] = process.argv.slice(2);
if (!url || !outdir) throw new Error("usage: node plan.mjs URL OUTDIR");

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
console.log(JSON.stringify({ problems, ...seen }, null, 2));
process.exitCode = problems.length === 0 ? 0 : 1;

async function visit(browser, scheme) {
  const context = await browser.newContext({
    colorScheme: scheme,
    viewport: { width: 1440, height: 900 },
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const asked = watch(page, scheme);
  const picture = (name) => page.screenshot({ path: join(outdir, `plan-${name}-${scheme}.png`) });

  await page.goto(url);
  const role = page.locator("select[name=role]");
  await role.waitFor();
  await role.selectOption({ label: "OPERATIONS" });
  await page.locator("[data-starter='10-person']").click();
  await page.getByRole("button", { name: "Show Plan" }).click();
  const panel = page.getByRole("region", { name: "Plan" });
  await panel.getByRole("status").waitFor();
  await picture("before");

  await run(page);
  const plain = await panel.locator("[data-lane]").count();
  const explain = panel.getByRole("switch", { name: "Explain answers" });
  await explain.focus();
  await page.keyboard.press("Space");
  await run(page);
  await panel.locator("[data-lane=call] li").first().waitFor();
  await picture("shown");
  const lanes = await panel.locator("[data-lane]").evaluateAll((found) =>
    found.map((lane) => ({
      title: lane.querySelector("h3").textContent,
      lines: [...lane.querySelectorAll("li")].map((line) => line.textContent),
      bars: lane.querySelectorAll("rect + rect").length,
    })),
  );
  const engine = await panel.locator("[data-verdict]").textContent();
  const facts = await panel.locator("dt, dd").allTextContents();
  const clipped = await panel.evaluate((one) => one.scrollWidth > one.clientWidth);

  // in one turn: GraphiQL itself notices the name of a new text only a moment later
  await runAtOnce(page, "query Kinds { __schema { queryType { name } } }");
  await panel.locator("[data-verdict=partial]").waitFor();
  const fallback = await panel.locator("dd").nth(1).textContent();
  await picture("fallback");

  await role.selectOption({ label: "CONSUMER 林小满" });
  await run(page, "query Kinds { __schema");
  const refusal = await panel.getByRole("alert").textContent();
  await picture("refused");
  await context.close();
  return { plain, lanes, engine, facts, fallback, clipped, refusal, asked };
}

/** Puts a query into the editor and runs it; typed by keys it would be completed on the way. */
async function runAtOnce(page, query) {
  const answered = answerTo(page, query);
  await page.evaluate((text) => {
    const pane = document.querySelector(".graphiql-query-editor .monaco-editor");
    const uri = pane.getAttribute("data-uri");
    const models = globalThis.__MONACO.editor.getModels();
    models.find((one) => String(one.uri) === uri).setValue(text);
    document.querySelector(".graphiql-execute-button").click();
  }, query);
  await (await answered).finished();
}

function answerTo(page, text) {
  return page.waitForResponse((response) =>
    (response.request().postData() ?? "").includes(text),
  );
}

async function run(page, text = "query Person") {
  const answered = answerTo(page, text);
  const editor = page.locator(".graphiql-query-editor .monaco-editor").first();
  await editor.locator(".view-line").first().click();
  await page.keyboard.press("Control+Enter");
  await (await answered).finished();
}

/** What was asked with a plan; complaints of the browser but of the refusal that is wanted. */
function watch(page, scheme) {
  const asked = [];
  page.on("pageerror", (error) => problems.push(`${scheme}: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("403")) {
      problems.push(`${scheme}: console: ${message.text()}`);
    }
  });
  page.on("request", (request) => {
    if (!request.url().endsWith("/graphql")) return;
    const { operationName, extensions } = request.postDataJSON();
    asked.push([operationName ?? null, extensions?.explain === true]);
  });
  return asked;
}
