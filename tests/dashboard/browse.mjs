// Drives the dashboard in Chromium as a user would and writes what it saw as JSON: `node browse.mjs ADMIN_URL`.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../dashboard/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");

const [admin] = process.argv.slice(2);
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const seen = { complaints: [], foreign: [], axe: {}, bytes: 0 };
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
try {
  // Scripts of the tests themselves go round the policy; the dashboard's own must not need to.
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: "dark" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("console", (message) => {
    if (message.type() === "error") seen.complaints.push(message.text());
  });
  page.on("pageerror", (error) => seen.complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(admin)) seen.foreign.push(request.url());
  });
  const sizes = [];
  page.on("response", (response) => {
    if (response.url().includes("/dashboard/")) sizes.push(response.request().sizes().then((size) => size.responseBodySize));
  });

  await page.goto(`${admin}/`);
  await page.getByText("10,000").first().waitFor();
  seen.address = new URL(page.url()).pathname;
  seen.bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  seen.replica = await page.locator(".replica-name").textContent();
  seen.rows = await page.locator(".column-frontends .row").count();
  seen.theme = await page.evaluate(() => document.documentElement.dataset.theme);
  await audit("providers");

  const list = page.locator(".column-frontends .virtual");
  await list.evaluate((box) => box.scrollTo(0, box.scrollHeight));
  await page.getByText("host-9999.test", { exact: true }).first().waitFor();
  seen.rowsAtEnd = await page.locator(".column-frontends .row").count();
  await list.evaluate((box) => box.scrollTo(0, 0));

  await page.keyboard.press("/");
  await page.keyboard.type("host-4321.test");
  await page.locator(".column-frontends .total", { hasText: /^1$/ }).waitFor();
  seen.found = await page.locator(".column-frontends .item-name").allTextContents();
  await page.goto(`${admin}/dashboard/#/providers?problems=true`);
  await page.locator(".item-problem").first().waitFor();
  seen.problem = await page.locator(".item-problem").first().textContent();

  await page.goto(`${admin}/dashboard/#/providers?host=host-17.test`);
  await page.locator(".column-frontends .item-name", { hasText: "host-17.test" }).waitFor();
  await list.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.locator(".way").waitFor();
  seen.router = await page.locator("h1").textContent();
  seen.stops = await page.locator(".stop h2").allTextContents();
  seen.servers = await page.locator(".pool code").allTextContents();
  await audit("router");

  await page.goto(`${admin}/dashboard/#/health`);
  await page.getByText("/not-there").first().waitFor();
  seen.error = await page.locator("table code").first().textContent();
  await audit("health");

  await page.goto(`${admin}/dashboard/#/explain`);
  await page.getByLabel("URL").fill("http://host-17.test/cart");
  await page.getByRole("button", { name: "Explain" }).click();
  await page.getByText("Answered by").waitFor();
  seen.explained = await page.locator("#winner a").textContent();
  await audit("explain");

  await page.goto(`${admin}/dashboard/#/certificates`);
  await page.getByRole("heading", { name: "Certificates" }).waitFor();
  await audit("certificates");
  await page.goto(`${admin}/dashboard/#/problems`);
  await page.locator(".problem").first().waitFor();
  await page.getByRole("button", { name: /theme/ }).click();
  seen.otherTheme = await page.evaluate(() => document.documentElement.dataset.theme);
  await audit("problems in the light");

  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(`${admin}/dashboard/#/providers`);
  await page.getByRole("button", { name: "Backends" }).click();
  await page.locator(".column-backends .item").first().waitFor();
  seen.overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await audit("providers on a narrow screen");

  async function audit(name) {
    // Chromium's own channel for tests: no policy of the page applies to it.
    await page.evaluate(require("node:fs").readFileSync(axe, "utf8"));
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    const grave = violations.filter((one) => ["serious", "critical"].includes(one.impact));
    seen.axe[name] = grave.map((one) => `${one.id}: ${one.nodes.map((node) => node.target).join("; ")}`);
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
