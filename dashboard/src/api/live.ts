// The stream of traffic: one for the page, opened anew when another router is looked at.
import { batch, computed, signal } from "@preact/signals";
import { address } from "./client";
import type { Live, RouterTraffic, Sample } from "./documents";

export type Connection = "connecting" | "open" | "lost";

/** Samples that charts show: five minutes. */
export const SHOWN = 300;

export const connection = signal<Connection>("connecting");
export const live = signal<Live | null>(null);
export const samples = signal<Sample[]>([]);
/** Of the router that is looked at, as long as the page has been open. */
export const routerSamples = signal<{ time: number; traffic: RouterTraffic }[]>([]);
/** Changes when the configuration does. */
export const revision = computed(() => live.value?.revision ?? -1);
/** The replica that answers. */
export const hostname = computed(() => live.value?.hostname ?? "");

let source: EventSource | null = null;
let watched: string | null = null;

/** Follows the stream; `router`: whose own traffic is wanted, too. */
export function watch(router: string): void {
  if (watched === router && source) return;
  watched = router;
  routerSamples.value = [];
  source?.close();
  source = new EventSource(address("live", { router }));
  source.onopen = () => {
    connection.value = "open";
  };
  source.onerror = () => {
    connection.value = "lost";
    // A refused stream is closed for good: it is asked for again here, an interrupted one comes back by itself.
    if (source?.readyState === EventSource.CLOSED) setTimeout(() => again(router), 3000);
  };
  source.onmessage = (event) => take(JSON.parse(event.data) as Live);
}

function again(router: string): void {
  if (watched !== router) return;
  source = null;
  watch(router);
}

/** Takes one event in. */
export function take(event: Live): void {
  batch(() => {
    connection.value = "open";
    live.value = event;
    samples.value = joined(samples.value, event);
    if (event.router && event.sample)
      routerSamples.value = [...routerSamples.value, { time: event.sample.time, traffic: event.router }].slice(-SHOWN);
  });
}

/** What is known and what comes with an event; its history replaces what is known. */
export function joined(known: Sample[], event: Live): Sample[] {
  const all = event.history.length > 0 ? [...event.history] : [...known];
  const last = all.at(-1);
  if (event.sample && (!last || last.time < event.sample.time)) all.push(event.sample);
  return all.slice(-SHOWN);
}
