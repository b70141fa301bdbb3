// Drives the dashboard in Chromium as a user would and writes what it saw as JSON: `node browse.mjs ADMIN_URL`.
import { createServer } from "node:http";
import { launch, require } from "./chromium.mjs";

const axe = require.resolve("axe-core/axe.min.js");
const [admin] = process.argv.slice(2);
const seen = { complaints: [], foreign: [], axe: {}, bytes: 0 };
const browser = await launch();
try {
  // Scripts of the tests themselves go round the policy; the dashboard's own must not need to.
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: "dark" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("console", (message) => {
    if (message.type() === "error" && !seen.expectsComplaints) seen.complaints.push(message.text());
  });
  page.on("pageerror", (error) => seen.complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(admin)) seen.foreign.push(request.url());
  });
  const sizes = [];
  page.on("response", (response) => {
    if (response.url().includes("/dashboard/"))
      sizes.push(
        response
          .request()
          .sizes()
          .then((size) => size.responseBodySize),
      );
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
  seen.shared = new URL(page.url()).hash;
  await page.keyboard.press("Escape");
  await page.locator(".column-frontends .total", { hasText: "10,000" }).waitFor();
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

  seen.health = await healthSeen(page);
  seen.interruption = await interruption(page);
  seen.hidden = await hidden(page);
  seen.waiting = await scrolledMeanwhile(page);

  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(`${admin}/dashboard/#/providers`);
  await page.getByRole("button", { name: "Backends" }).click();
  await page.locator(".column-backends .item").first().waitFor();
  seen.overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await audit("providers on a narrow screen");

  /** A server of this script that passes its health checks, and then is gone. */
  async function healthSeen(page) {
    const server = createServer((_, answer) => answer.end("OK"));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${server.address().port}`;
    const said = {
      frontends: { checked: { backend: "checked", routes: { r: { rule: "Host:checked.test" } } } },
      backends: { checked: { servers: { s: { url } }, healthCheck: { path: "/", interval: "200ms" } } },
    };
    await fetch(`${admin}/api/providers/rest`, { method: "PUT", body: JSON.stringify(said) });
    await page.goto(`${admin}/dashboard/#/routers/web%2Fchecked`);
    await page.locator(".pool .health-up", { hasText: "up" }).waitFor();
    const before = await page.locator(".title .state").textContent();
    await page.evaluate(() => {
      globalThis.sameDocument = true;
    });
    server.close();
    server.closeAllConnections();
    await page.locator(".pool .health-down", { hasText: "down" }).waitFor();
    await page.locator(".pool-reason").waitFor();
    await audit("a router whose server is down");
    const after = await page.locator(".title .state").textContent();
    await page.goto(`${admin}/dashboard/#/providers?q=checked`);
    await page.locator(".column-backends .health-down .icon").waitFor();
    await page.locator(".column-backends .item").click();
    await page.locator(".page-backends .pool .health-down").waitFor();
    await audit("a backend whose server is down");
    return { before, after, reloaded: !(await page.evaluate(() => globalThis.sameDocument)) };
  }

  /** Without a network the page says that its figures are old, and it comes back by itself. */
  async function interruption(page) {
    seen.expectsComplaints = true;
    await page.context().setOffline(true);
    await page.goto(`${admin}/dashboard/#/routers/file%2Fhost-17.test`);
    const notice = page.locator(".notice-warning");
    await notice.waitFor();
    const told = await notice.textContent();
    await page.context().setOffline(false);
    await notice.waitFor({ state: "detached" });
    await page.locator(".way").waitFor();
    seen.expectsComplaints = false;
    return told;
  }

  /** A page that nobody sees ends its stream, and asks for it again when it is looked at. */
  async function hidden(page) {
    const isLive = (request) => request.url().includes("/api/v2/live");
    const show = (state) =>
      page.evaluate((to) => {
        Object.defineProperty(document, "visibilityState", { value: to, configurable: true });
        document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
      }, state);
    const ended = page.waitForEvent("requestfailed", isLive);
    await show("hidden");
    await ended;
    const asked = page.waitForEvent("request", isLive);
    await show("visible");
    await asked;
    return true;
  }

  /** The configuration changes; before the first page of the new list is there, somebody scrolls to the end. */
  async function scrolledMeanwhile(page) {
    await page.goto(`${admin}/dashboard/#/providers`);
    await page.locator(".column-frontends .total", { hasText: /10,00/ }).waitFor();
    let hold;
    let release;
    const held = new Promise((resolve) => (hold = resolve));
    const released = new Promise((resolve) => (release = resolve));
    await page.route(/\/api\/v2\/routers\?.*page=1&/, async (route) => {
      hold();
      await released;
      await route.continue();
    });
    const routes = { r: { rule: "Host:zzz.test" } };
    const said = { frontends: { zzz: { backend: "checked", routes } } };
    await fetch(`${admin}/api/providers/rest`, { method: "PUT", body: JSON.stringify(said) });
    await held;
    await list.evaluate((box) => box.scrollTo(0, box.scrollHeight));
    await page.getByText("host-9999.test", { exact: true }).first().waitFor();
    const late = page.waitForResponse(/\/api\/v2\/routers\?.*page=1&/);
    release();
    await (await late).finished();
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 300))));
    await page.unrouteAll();
    return page.locator(".column-frontends .row-waiting").count();
  }

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
