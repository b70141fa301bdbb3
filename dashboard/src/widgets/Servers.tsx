// Servers of a backend: how they are, and which part of the requests they get.
import type { Backend, Problem, Server } from "../api/documents";
import { percent } from "../format";
import { Copy } from "./Copy";
import { Icon } from "./Icon";

const WORDS = { up: "up", down: "down", "": "not checked" };

/** A sign and a word; nothing where health is not checked. */
export function ServerHealth({ health }: { health: Server["health"] }) {
  if (!health) return null;
  return (
    <span class={`health health-${health}`}>
      <Icon name={health} />
      {WORDS[health]}
    </span>
  );
}

/** A backend's problems but those that stand beside the server they concern. */
export function otherProblems({ problems, servers }: Backend): Problem[] {
  const told = new Set(servers.filter((server) => server.reason).map((server) => `servers.${server.name}`));
  return problems.filter((problem) => !told.has(problem.key));
}

/** All of them, one a line. */
export function ServerList({ servers, label }: { servers: Server[]; label: string }) {
  return (
    <ul class="pool" aria-label={label} tabIndex={servers.length > 8 ? 0 : undefined}>
      {servers.map((server) => (
        <li key={server.name} class={`pool-server pool-${server.health || "unchecked"}`}>
          <span class="pool-url">
            <ServerHealth health={server.health} />
            <code title={server.name}>{server.url}</code>
            <Copy text={server.url} what={`the address ${server.url}`} />
          </span>
          <span class="number">
            {percent(server.share)} <small>weight {server.weight}</small>
          </span>
          <span class="meter" aria-hidden="true">
            <span style={{ width: `${server.share * 100}%` }} />
          </span>
          {server.reason && <span class="pool-reason">{server.reason}</span>}
        </li>
      ))}
    </ul>
  );
}
