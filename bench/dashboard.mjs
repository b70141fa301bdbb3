// What a browser sees of the dashboard: `node dashboard.mjs visit ADMIN_URL LOADS`, `… crowd ADMIN_URL PAGES SECONDS`.
// Writes its figures as JSON; times are milliseconds of the page's own clock.
import { launch } from "../tests/dashboard/chromium.mjs";

const LIST = ".column-frontends";
const [mode, admin, number, seconds] = process.argv.slice(2);
const browser = await launch(["--enable-precise-memory-info"]);
try {
  if (mode === "crowd") await crowd(Number(number), Number(seconds));
  else console.log(JSON.stringify(await visit(Number(number))));
} finally {
  await browser.close();
}

/** Runs in every page before its own scripts: when rows are painted and the page is free to react. */
function observe() {
  const bench = { usable: 0, long: [], frames: [] };
  globalThis.bench = bench;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) bench.long.push(entry.duration);
  }).observe({ type: "longtask", buffered: true });
  let last = 0;
  const frame = (now) => {
    if (last) bench.frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  const seen = new MutationObserver(() => {
    if (!document.querySelector(".column-frontends .item")) return;
    seen.disconnect();
    // Behind the paint of the rows, and behind whatever else is to be done then.
    requestAnimationFrame(() =>
      setTimeout(() => {
        bench.usable = performance.now();
      }),
    );
  });
  seen.observe(document, { childList: true, subtree: true });
}

async function opened(path = "/dashboard/") {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.addInitScript(observe);
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const network = await context.newCDPSession(page);
  await network.send("Network.enable");
  const bytes = { assets: 0, documents: 0, stream: 0, requests: 0 };
  const kinds = new Map();
  network.on("Network.requestWillBeSent", ({ requestId, request }) => {
    kinds.set(requestId, kindOf(request.url));
    bytes.requests += 1;
  });
  network.on("Network.dataReceived", ({ requestId, encodedDataLength, dataLength }) => {
    if (kinds.get(requestId) === "stream") bytes.stream += encodedDataLength || dataLength;
  });
  network.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId);
    if (kind && kind !== "stream") bytes[kind] += encodedDataLength;
  });
  await page.goto(admin + path);
  return { page, context, network, bytes };
}

function kindOf(url) {
  if (url.includes("/api/v2/live")) return "stream";
  return url.includes("/api/") ? "documents" : "assets";
}

async function visit(loads) {
  await (await opened()).context.close();
  const usable = [];
  const reacted = [];
  let first;
  for (let turn = 0; turn < loads; turn += 1) {
    const { page, context, bytes } = await opened();
    await page.waitForFunction(() => globalThis.bench.usable > 0);
    usable.push(await page.evaluate(() => globalThis.bench.usable));
    reacted.push(await keyToFocus(page));
    first ??= { ...bytes };
    await context.close();
  }
  const session = await opened();
  await session.page.waitForFunction(() => globalThis.bench.usable > 0);
  const heapAtFirst = await heap(session);
  const figures = {
    first_load: { ...first, usable_ms: spread(usable), key_to_focus_ms: spread(reacted) },
    live_health: await watched(session, "#/health", 15_000),
    live_providers: await watched(session, "#/providers", 5_000),
    typing: await typing(session.page),
    scrolling: await scrolling(session.page),
    page_switch_ms: await switching(session.page),
  };
  figures.heap_mb = { at_first: heapAtFirst, at_the_end: await heap(session) };
  return figures;
}

/** Until `/` has put the cursor into the filter. */
async function keyToFocus(page) {
  await page.evaluate(() => {
    addEventListener("keydown", (event) => {
      globalThis.bench.pressed = event.timeStamp;
    });
    addEventListener("focusin", () => requestAnimationFrame(() => (globalThis.bench.focused = performance.now())));
  });
  await page.keyboard.press("/");
  await page.waitForFunction(() => globalThis.bench.focused > 0);
  return page.evaluate(() => globalThis.bench.focused - globalThis.bench.pressed);
}

/** Long tasks and frames while `action` goes on. */
async function smoothness(page, action) {
  await page.evaluate(() => {
    globalThis.bench.long.length = 0;
    globalThis.bench.frames.length = 0;
  });
  await action();
  const { long, frames } = await page.evaluate(() => globalThis.bench);
  const dropped = frames.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / (1000 / 60)) - 1), 0);
  return {
    long_tasks: long.length,
    longest_ms: round(Math.max(0, ...long)),
    frames: frames.length,
    dropped_frames: dropped,
    worst_frame_ms: round(Math.max(0, ...frames)),
  };
}

async function watched({ page, bytes }, place, ms) {
  await page.goto(`${admin}/dashboard/${place}`);
  await page.waitForTimeout(1500);
  const before = bytes.stream;
  const smooth = await smoothness(page, () => page.waitForTimeout(ms));
  return { ...smooth, stream_bytes_per_s: Math.round(((bytes.stream - before) / ms) * 1000) };
}

/** From each key to the list that it leads to, painted. */
async function typing(page) {
  await page.goto(`${admin}/dashboard/#/providers`);
  await page.locator(`${LIST} .item`).first().waitFor();
  await page.evaluate((list) => {
    const bench = Object.assign(globalThis.bench, { keys: [], pressed: 0 });
    addEventListener("keydown", (event) => {
      bench.pressed = event.timeStamp;
    });
    new MutationObserver(() => {
      const box = document.querySelector(list);
      if (!bench.pressed || box.getAttribute("aria-busy") === "true") return;
      const pressed = bench.pressed;
      bench.pressed = 0;
      requestAnimationFrame(() => setTimeout(() => bench.keys.push(performance.now() - pressed)));
    }).observe(document.querySelector("main"), { attributes: true, attributeFilter: ["aria-busy"], subtree: true });
  }, LIST);
  const smooth = await smoothness(page, async () => {
    await page.keyboard.press("/");
    await page.evaluate(() => (globalThis.bench.pressed = 0));
    let done = 0;
    for (const word of ["host-123", "4999.test", "/1k", "service-77"]) {
      for (const key of [...word, ...Array(word.length).fill("Backspace")]) {
        await page.keyboard.press(key);
        done += 1;
        await page.waitForFunction((count) => globalThis.bench.keys.length >= count, done);
      }
    }
  });
  return { key_to_list_ms: spread(await page.evaluate(() => globalThis.bench.keys)), ...smooth };
}

async function scrolling(page) {
  const list = page.locator(`${LIST} .virtual`);
  await list.hover();
  const smooth = await smoothness(page, async () => {
    for (let turn = 0; turn < 150; turn += 1) {
      await page.mouse.wheel(0, 400);
      await page.waitForTimeout(16);
    }
  });
  const jumps = [];
  for (const share of [0.5, 1, 0.25]) {
    jumps.push(
      await list.evaluate(
        (box, part) =>
          new Promise((resolve) => {
            const from = performance.now();
            box.scrollTo(0, box.scrollHeight * part);
            const look = () => {
              const rows = box.querySelectorAll(".row");
              const drawn = rows.length > 0 && box.querySelector(".row-waiting") === null;
              const far = Math.abs(
                Number(rows[0]?.getAttribute("aria-posinset")) * rows[0]?.clientHeight - box.scrollTop,
              );
              if (drawn && far < 2000) resolve(performance.now() - from);
              else requestAnimationFrame(look);
            };
            requestAnimationFrame(look);
          }),
        share,
      ),
    );
  }
  return { ...smooth, jump_to_rows_ms: spread(jumps) };
}

async function switching(page) {
  const found = {};
  const places = {
    Health: ".chart",
    Explain: ".ask",
    Certificates: ".page-certificates h1",
    Problems: ".page-problems h1",
    Providers: `${LIST} .item`,
  };
  for (const [name, mark] of Object.entries(places)) {
    const times = [];
    for (let turn = 0; turn < 5; turn += 1) {
      await page
        .evaluate(
          ([title, selector]) =>
            new Promise((resolve) => {
              const link = [...document.querySelectorAll("nav a")].find((one) => one.textContent.startsWith(title));
              const from = performance.now();
              link.click();
              const look = () => {
                if (document.querySelector(selector)) resolve(performance.now() - from);
                else requestAnimationFrame(look);
              };
              requestAnimationFrame(look);
            }),
          [name, mark],
        )
        .then((took) => times.push(took));
      await page.evaluate(() => {
        location.hash = "#/nowhere";
      });
      await page.waitForTimeout(50);
    }
    found[name.toLowerCase()] = spread(times);
  }
  return found;
}

async function heap({ network }) {
  await network.send("HeapProfiler.enable");
  await network.send("HeapProfiler.collectGarbage");
  const { usedSize } = await network.send("Runtime.getHeapUsage");
  return round(usedSize / 1e6);
}

/** Pages that are only looked at, each in a browser context of its own. */
async function crowd(pages, time) {
  for (let page = 0; page < pages; page += 1) await opened(page % 2 ? "/dashboard/#/health" : "/dashboard/#/providers");
  console.log("open");
  await new Promise((resolve) => setTimeout(resolve, time * 1000));
}

function spread(values) {
  const ordered = [...values].sort((one, other) => one - other);
  const at = (share) => round(ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * share))]);
  return { p50: at(0.5), p95: at(0.95), max: at(1), count: ordered.length };
}

function round(value) {
  return Math.round(value * 10) / 10;
}
