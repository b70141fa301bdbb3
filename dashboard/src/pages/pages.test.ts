import { expect, test } from "vitest";
import { urgency } from "./Certificates";
import { addressOf } from "./Explain";
import { chosen } from "./Problems";

test("a certificate is urgent a week and noted a month before its end", () => {
  const day = 86_400_000;
  expect([-1, 6, 8, 29, 31].map((days) => urgency(days * day, 0))).toEqual([
    "bad",
    "bad",
    "warning",
    "warning",
    "good",
  ]);
});

test("each line of headers is a parameter", () => {
  const asked = addressOf({ method: "POST", url: "http://a/b?c=d", entryPoint: "", headers: "X-A: 1\n\n X-B: 2 & 3" });
  const parameters = new URL(asked, "http://x/dashboard/").searchParams;
  expect(parameters.get("url")).toBe("http://a/b?c=d");
  expect(parameters.getAll("header")).toEqual(["X-A: 1", "X-B: 2 & 3"]);
});

test("problems are found by their words, errors first", () => {
  const problem = (object: string, severity: "error" | "warning") => {
    return { object, severity, origin: "file", key: "", value: "", message: "is odd", remedy: "" };
  };
  const all = [problem("a", "warning"), problem("b", "error"), problem("c", "warning")];
  expect(chosen(all, "", "").map((one) => one.object)).toEqual(["b", "a", "c"]);
  expect(chosen(all, "ODD", "warning").map((one) => one.object)).toEqual(["a", "c"]);
  expect(chosen(all, "none", "")).toEqual([]);
});
