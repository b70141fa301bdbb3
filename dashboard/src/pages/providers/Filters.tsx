// A tab for each provider, and fields for what is looked for.
import { useCallback } from "preact/hooks";
import type { Overview } from "../../api/documents";
import { useFind } from "../../widgets/useFind";
import type { Filter } from "./filter";

interface Properties {
  filter: Filter;
  change: (part: Partial<Filter>) => void;
  overview: Overview | null;
}

export function Filters({ filter, change, overview }: Properties) {
  const search = useFind(useCallback(() => change({ q: "" }), [change]));
  const field = (name: "q" | "host" | "path", label: string, hint: string) => (
    <label class={`field field-${name}`}>
      <span>{label}</span>
      <input
        type="search"
        value={filter[name]}
        placeholder={hint}
        ref={name === "q" ? search : null}
        aria-keyshortcuts={name === "q" ? "/" : undefined}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => change({ [name]: event.currentTarget.value })}
      />
    </label>
  );
  return (
    <search class="filters">
      <Tabs provider={filter.provider} show={(provider) => change({ provider })} overview={overview} />
      {field("q", "Find", "name, rule, server, origin – press /")}
      {field("host", "Host", "shop.example.com")}
      {field("path", "Path", "/api")}
      <label class="check">
        <input
          type="checkbox"
          checked={filter.problems !== ""}
          onChange={(event) => change({ problems: event.currentTarget.checked ? "true" : "" })}
        />
        <span>With problems</span>
      </label>
    </search>
  );
}

interface TabsProperties {
  provider: string;
  show: (provider: string) => void;
  overview: Overview | null;
}

function Tabs({ provider, show, overview }: TabsProperties) {
  const providers = overview?.providers ?? [];
  if (providers.length < 2) return null;
  const all = { name: "", routers: overview?.routers ?? 0 };
  return (
    <div class="tabs" role="group" aria-label="Provider">
      {[all, ...providers].map((one) => (
        <button
          key={one.name}
          type="button"
          class="tab"
          aria-pressed={provider === one.name}
          onClick={() => show(one.name)}
        >
          {one.name || "All"} <span class="total">{one.routers.toLocaleString()}</span>
        </button>
      ))}
    </div>
  );
}
