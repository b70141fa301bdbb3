// A backend in the list, with its first servers and how they are.
import type { Backend } from "../../api/documents";
import { count, percent } from "../../format";
import { to } from "../../location";
import { ServerHealth } from "../../widgets/Servers";
import { State } from "../../widgets/State";
import { FirstProblem } from "./RouterRow";

const SHOWN = 2;

export function BackendRow({ backend }: { backend: Backend }) {
  return (
    <a class={`item item-${backend.state}`} href={to("backends", backend.name)}>
      <span class="item-head">
        <b class="item-name" title={backend.backend}>
          {backend.backend}
        </b>
        <span class="provider">{backend.method || backend.provider}</span>
        <State state={backend.state} problems={backend.problems.length} down={backend.down} />
      </span>
      <span class="servers">
        {backend.servers.slice(0, SHOWN).map((server) => (
          <span key={server.name} class="server" title={server.reason || `weight ${server.weight}`}>
            <ServerHealth health={server.health} />
            <code>{server.url}</code>
            <span class={server.share > 0 ? "share" : "share share-none"}>{percent(server.share)}</span>
          </span>
        ))}
        {backend.serverCount > SHOWN && <span class="more">+{count(backend.serverCount - SHOWN)}</span>}
      </span>
      {backend.problems.length > 0 ? <FirstProblem problems={backend.problems} /> : <Options backend={backend} />}
    </a>
  );
}

function Options({ backend }: { backend: Backend }) {
  return (
    <span class="chips">
      {backend.options.map((step) => (
        <span
          key={step.name}
          class="chip chip-quiet"
          title={Object.entries(step.settings)
            .map((pair) => pair.join(": "))
            .join("\n")}
        >
          {step.name}
        </span>
      ))}
      <span class="item-to">
        {backend.routers} {backend.routers === 1 ? "frontend" : "frontends"}
      </span>
    </span>
  );
}
