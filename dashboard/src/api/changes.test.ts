import { expect, test } from "vitest";
import { changes, inForce, madeOf, missed } from "./changes";

test("documents are asked for again when another revision than theirs is in force", () => {
  madeOf({ revision: 6 });
  madeOf({ revision: 5 });
  madeOf([]);
  inForce(6);
  expect(changes.value).toBe(1);
  inForce(6);
  expect(changes.value).toBe(1);
  madeOf({ revision: 2 });
  inForce(7);
  expect(changes.value).toBe(2);
  missed();
  expect(changes.value).toBe(3);
});
