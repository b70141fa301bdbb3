import { expect, test } from "vitest";
import { parse, to } from "./location";

test("names with slashes and anything else come back as they were", () => {
  for (const name of ["kubernetes/a.test/x", "file/%41 &?#=", "p/ü/"])
    expect(parse(to("routers", name)).rest).toBe(name);
});

test("the first page is that of the providers", () => {
  expect(parse("").page).toBe("providers");
  expect(parse("#/").page).toBe("providers");
});

test("parameters are kept, empty ones left out", () => {
  const { page, parameters } = parse(to("providers", "", { q: "a&b", host: "" }));
  expect(page).toBe("providers");
  expect([...parameters]).toEqual([["q", "a&b"]]);
});

test("an address that is not encoded well is still a page", () => {
  expect(parse("#/routers/%zz").rest).toBe("%zz");
});
