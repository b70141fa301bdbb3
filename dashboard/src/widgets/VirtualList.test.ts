import { expect, test } from "vitest";
import { visible } from "./VirtualList";

test("of ten thousand rows only those in sight are drawn", () => {
  for (const scroll of [0, 5_000, 999_000, 1_039_200]) {
    const [first, last] = visible(scroll, 800, 104, 10_000);
    expect(last - first).toBeLessThan(20);
    expect(first * 104).toBeLessThanOrEqual(scroll);
    expect(last * 104).toBeGreaterThanOrEqual(Math.min(scroll + 800, 10_000 * 104));
  }
});

test("a list that has become shorter shows its end", () => {
  const [first, last] = visible(50_000, 800, 104, 3);
  expect(last).toBe(3);
  expect(first).toBeLessThan(3);
});
