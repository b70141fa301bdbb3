// The stream of traffic: one for the page, opened anew when another router is looked at, closed while nobody looks.
import { batch, computed, signal } from "@preact/signals";
import { inForce, missed } from "./changes";
import { address } from "./client";
import type { Live, RecentError, RouterTraffic, Sample } from "./documents";

export type Connection = "connecting" | "open" | "lost";

/** Samples that charts show: five minutes. */
export const SHOWN = 300;
const ERRORS = 50;
/** A new sample comes every second; after this long without one, figures are old. */
const SILENT_MS = 6000;
/** Who comes back to the page sooner finds the stream still open. */
const HIDDEN_MS = 2000;
const LONGEST_PAUSE_MS = 8000;

export const connection = signal<Connection>("connecting");
export const live = signal<Live | null>(null);
export const samples = signal<Sample[]>([]);
export const errors = signal<RecentError[]>([]);
/** Of the router that is looked at, as long as the page has been open. */
export const routerSamples = signal<{ time: number; traffic: RouterTraffic }[]>([]);
/** When the last new sample came, by this browser's clock; 0: none yet. */
export const heard = signal(0);
/** The replica that answers. */
export const hostname = computed(() => live.value?.hostname ?? "");

let source: EventSource | null = null;
let watched: string | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let failures = 0;
let interrupted = false;

/** Follows the stream; `router`: whose own traffic is wanted, too. */
export function watch(router: string): void {
  if (watched === router && source) return;
  watched = router;
  routerSamples.value = [];
  if (document.visibilityState === "visible") open();
}

function open(): void {
  close();
  const mine = new EventSource(address("live", { router: watched ?? "" }));
  source = mine;
  mine.onmessage = (event) => {
    if (source === mine) take(JSON.parse(event.data) as Live);
  };
  mine.onerror = () => {
    if (source === mine) fail();
  };
  timer = setTimeout(fail, SILENT_MS);
}

function close(): void {
  clearTimeout(timer);
  source?.close();
  source = null;
}

/** The stream broke off, was refused or is silent: another one is asked for, after longer and longer pauses. */
function fail(): void {
  close();
  interrupted = true;
  connection.value = "lost";
  timer = setTimeout(open, Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** failures));
  failures += 1;
}

addEventListener("visibilitychange", () => {
  if (watched === null) return;
  if (document.visibilityState === "visible") {
    if (source) return;
    // What was drawn of the router before lies too far back to be joined to what comes.
    if (interrupted) routerSamples.value = [];
    failures = 0;
    open();
  } else {
    setTimeout(() => {
      if (document.visibilityState === "visible") return;
      close();
      interrupted = true;
    }, HIDDEN_MS);
  }
});

/** Takes one event in. */
export function take(event: Live): void {
  batch(() => {
    const isNew = !event.sample || event.sample.time !== live.value?.sample?.time;
    live.value = event;
    samples.value = joined(samples.value, event);
    errors.value = (event.first ? event.errors : [...event.errors, ...errors.value]).slice(0, ERRORS);
    if (isNew && event.router && event.sample)
      routerSamples.value = [...routerSamples.value, { time: event.sample.time, traffic: event.router }].slice(-SHOWN);
    if (isNew) fresh();
    inForce(event.revision);
    if (interrupted) {
      interrupted = false;
      missed();
    }
  });
}

function fresh(): void {
  connection.value = "open";
  heard.value = Date.now();
  failures = 0;
  if (!source) return;
  clearTimeout(timer);
  timer = setTimeout(fail, SILENT_MS);
}

/** What is known and what comes with an event; its history replaces what is known. */
export function joined(known: Sample[], event: Live): Sample[] {
  const all = event.history.length > 0 ? [...event.history] : [...known];
  const last = all.at(-1);
  if (event.sample && (!last || last.time < event.sample.time)) all.push(event.sample);
  return all.slice(-SHOWN);
}
