import { expect, test } from "vitest";
import { area, ceiling, line } from "./scale";
import { spanOf } from "./TimeChart";

test.each([
  [0, 1],
  [0.3, 0.5],
  [1, 1],
  [23, 25],
  [51, 100],
  [1001, 2000],
])("the scale for %d ends at %d", (value, top) => expect(ceiling(value)).toBe(top));

test("a gap interrupts a line", () => {
  expect(line([{ x: 0, y: 1 }, null, { x: 2, y: 3 }, { x: 4, y: 5 }])).toBe("M0.0 1.0M2.0 3.0L4.0 5.0");
});

test("an area is closed", () => {
  const [upper, lower] = [[{ x: 0, y: 0 }], [{ x: 0, y: 9 }]];
  expect(area(upper, lower)).toBe("M0.0 0.0L0.0 9.0Z");
  expect(area([], [])).toBe("");
});

test("one to five minutes are shown", () => {
  expect(spanOf([])).toBe(60_000);
  expect(spanOf([0, 120_000])).toBe(120_000);
  expect(spanOf([0, 900_000])).toBe(300_000);
});
