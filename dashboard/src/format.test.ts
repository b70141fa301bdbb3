import { expect, test } from "vitest";
import { count, duration, percent, span } from "./format";

test.each([
  [0, "0"],
  [0.25, "0.25"],
  [12.34, "12.3"],
  [999, "999"],
  [999.9, "1k"],
  [1234, "1.23k"],
  [5_000_000, "5M"],
])("%d is written %s", (value, text) => expect(count(value)).toBe(text));

test.each([
  [null, "–"],
  [0.018, "18 µs"],
  [4.25, "4.3 ms"],
  [250, "250 ms"],
  [1500, "1.50 s"],
])("a duration of %s ms is written %s", (ms, text) => expect(duration(ms)).toBe(text));

test("long times show their two largest units", () => {
  expect(span(0)).toBe("0s");
  expect(span(3_723_000)).toBe("1h 2m");
  expect(span(90_000_000)).toBe("1d 1h");
});

test("a share that is not nothing is never shown as nothing", () => {
  expect(percent(0)).toBe("0 %");
  expect(percent(0.0004)).toBe("< 0.1 %");
  expect(percent(0.125)).toBe("13 %");
  expect(percent(1)).toBe("100 %");
});
