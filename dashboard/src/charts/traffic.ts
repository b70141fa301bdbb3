// The series that traffic is shown by.
import { duration } from "../format";
import type { Series } from "./TimeChart";

interface Traffic {
  classes: number[];
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

const CLASSES: [string, string, number[]][] = [
  ["2xx", "good", [2]],
  ["3xx", "calm", [3]],
  ["4xx", "warning", [4]],
  ["5xx", "bad", [5]],
  ["other", "other", [0, 1]],
];

/** Requests a second by class of status, those that go well at the bottom. */
export function byClass(traffic: Traffic[]): Series[] {
  return CLASSES.map(([name, tone, digits]) => ({
    name,
    tone,
    values: traffic.map((one) => digits.reduce((sum, digit) => sum + (one.classes[digit] ?? 0), 0)),
  })).filter((one) => one.name !== "other" || one.values.some((value) => value > 0));
}

/** Durations in ms. */
export function durations(traffic: Traffic[]): Series[] {
  return [
    { name: "p50", tone: "good", values: traffic.map((one) => one.p50) },
    { name: "p95", tone: "warning", values: traffic.map((one) => one.p95) },
    { name: "p99", tone: "bad", values: traffic.map((one) => one.p99) },
  ];
}

export const inMs = (value: number) => duration(value);
