import { expect, test } from "vitest";
import type { Live, Sample } from "./documents";
import { joined, SHOWN } from "./live";

function sample(time: number): Sample {
  return {
    time,
    requests: 1,
    classes: [],
    bytes: 0,
    retries: 0,
    p50: null,
    p95: null,
    p99: null,
    inFlight: 0,
    open: 0,
  };
}

function event(time: number, history: Sample[] = []): Live {
  const rest = {
    revision: 1,
    hostname: "h",
    uptime: 1,
    total: 1,
    codes: {},
    average: 0,
    top: [],
    router: null,
    errors: [],
    first: history.length > 0,
  };
  return { ...rest, sample: sample(time), history };
}

test("samples are appended once, and no more are kept than shown", () => {
  let known: Sample[] = [];
  for (let time = 1; time <= SHOWN + 5; time += 1) known = joined(known, event(time));
  known = joined(known, event(SHOWN + 5));
  expect(known).toHaveLength(SHOWN);
  expect(known.at(-1)?.time).toBe(SHOWN + 5);
});

test("a history replaces what was known", () => {
  expect(joined([sample(1)], event(9, [sample(7), sample(8)])).map((one) => one.time)).toEqual([7, 8, 9]);
});
