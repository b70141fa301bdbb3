// Numbers as people read them.

const UNITS = ["", "k", "M", "G", "T"];

/** Three significant digits: 0, 0.25, 12.3, 1.23k. */
export function count(value: number): string {
  let unit = 0;
  let rest = Math.abs(value);
  while (rest >= 999.5 && unit < UNITS.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  const digits = rest >= 100 || (unit === 0 && Number.isInteger(rest)) ? 0 : rest >= 10 ? 1 : 2;
  const text = rest.toFixed(digits);
  return `${value < 0 ? "-" : ""}${digits > 0 ? text.replace(/\.?0+$/, "") : text}${UNITS[unit]}`;
}

/** A duration given in ms: 0.42 ms, 12 ms, 1.2 s. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 1000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** A long time given in ms, in its two largest units: 3d 4h. */
export function span(ms: number): string {
  const seconds = Math.floor(Math.abs(ms) / 1000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([number]) => number > 0);
  if (first < 0) return "0s";
  return parts
    .slice(first, first + 2)
    .map(([number, unit]) => `${number}${unit}`)
    .join(" ");
}

export function percent(share: number): string {
  const value = share * 100;
  if (value === 0) return "0 %";
  return value < 0.1 ? "< 0.1 %" : `${value < 10 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} %`;
}

export function time(unixMs: number): string {
  return new Date(unixMs).toLocaleTimeString(undefined, { hour12: false });
}

/** Date and time, for who wants to know it exactly. */
export function moment(unixMs: number): string {
  return new Date(unixMs).toLocaleString(undefined, { hour12: false, timeZoneName: "short" });
}

/** How long ago: just now, 12 s ago, 3m 4s ago. */
export function ago(unixMs: number, now: number): string {
  const seconds = Math.floor((now - unixMs) / 1000);
  if (seconds < 2) return "just now";
  return seconds < 60 ? `${seconds} s ago` : `${span(now - unixMs)} ago`;
}

export function date(unixMs: number): string {
  return new Date(unixMs).toISOString().slice(0, 10);
}

export function bytes(value: number): string {
  return `${count(value)}B`;
}
