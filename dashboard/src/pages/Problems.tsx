// Everything that is wrong, errors first.
import { useCallback, useEffect, useState } from "preact/hooks";
import { changes } from "../api/changes";
import { address } from "../api/client";
import type { Problem } from "../api/documents";
import { useResource } from "../api/resource";
import { place, setParameters } from "../location";
import { Loaded } from "../widgets/Failed";
import { ProblemList } from "../widgets/ProblemList";
import { useFind } from "../widgets/useFind";

const STEP = 100;
const SEVERITIES = ["", "error", "warning"] as const;
const TITLES = { "": "All", error: "Errors", warning: "Warnings" };

/** Those that hold the text, of this severity (empty: any), errors first. */
export function chosen(problems: Problem[], q: string, severity: string): Problem[] {
  const text = q.toLowerCase();
  return problems
    .filter((one) => !severity || one.severity === severity)
    .filter(
      (one) =>
        !text || [one.object, one.origin, one.key, one.value, one.message].join("\n").toLowerCase().includes(text),
    )
    .sort((one, other) => one.severity.localeCompare(other.severity));
}

export function Problems() {
  const found = useResource<Problem[]>(address("problems"), changes.value);
  const { parameters } = place.value;
  const [q, setQ] = useState(parameters.get("q") ?? "");
  const [severity, setSeverity] = useState(parameters.get("severity") ?? "");
  const [most, setMost] = useState(STEP);
  const search = useFind(useCallback(() => setQ(""), []));
  useEffect(() => {
    if (place.value.page === "problems") setParameters({ q, severity });
    setMost(STEP);
  }, [q, severity]);
  return (
    <>
      <div class="title">
        <h1>Problems</h1>
        <p class="quiet">The same words as in the log and in “pointsman check”.</p>
      </div>
      <search class="filters">
        <div class="tabs" role="group" aria-label="Severity">
          {SEVERITIES.map((one) => (
            <button
              key={one}
              type="button"
              class="tab"
              aria-pressed={severity === one}
              onClick={() => setSeverity(one)}
            >
              {TITLES[one]}{" "}
              <span class="total">{found.data && chosen(found.data, "", one).length.toLocaleString()}</span>
            </button>
          ))}
        </div>
        <label class="field field-q">
          <span>Find</span>
          <input
            type="search"
            ref={search}
            value={q}
            placeholder="object, origin, message – press /"
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => setQ(event.currentTarget.value)}
          />
        </label>
      </search>
      <Loaded of={found}>
        {(data) => (
          <List problems={chosen(data, q, severity)} all={data.length} most={most} more={() => setMost(most + STEP)} />
        )}
      </Loaded>
    </>
  );
}

function List({ problems, all, most, more }: { problems: Problem[]; all: number; most: number; more: () => void }) {
  if (problems.length === 0) return <p class="panel empty">{all === 0 ? "Nothing is wrong." : "No problem fits."}</p>;
  return (
    <>
      <ProblemList problems={problems.slice(0, most)} withObject />
      {problems.length > most && (
        <button type="button" class="tab more-button" onClick={more}>
          Show more of {problems.length.toLocaleString()}
        </button>
      )}
    </>
  );
}
