// A frontend in the list.
import type { Problem, Router } from "../../api/documents";
import { to } from "../../location";
import { State } from "../../widgets/State";

export function RouterRow({ router }: { router: Router }) {
  return (
    <a class={`item item-${router.state}`} href={to("routers", router.name)}>
      <span class="item-head">
        <b class="item-name" title={router.frontend}>
          {router.frontend}
        </b>
        <span class="provider">{router.provider}</span>
        <State state={router.state} problems={router.problems.length} down={router.down} />
      </span>
      <code class="rules" title={router.rules.join("\n")}>
        {router.rules.join("  ·  ")}
      </code>
      {router.problems.length > 0 ? <FirstProblem problems={router.problems} /> : <Way router={router} />}
    </a>
  );
}

function Way({ router }: { router: Router }) {
  return (
    <span class="chips">
      {router.entryPoints.slice(0, 4).map((name) => (
        <span key={name} class="chip">
          {name}
        </span>
      ))}
      {router.entryPoints.length > 4 && <span class="more">+{router.entryPoints.length - 4}</span>}
      {router.middlewares.map((name) => (
        <span key={name} class="chip chip-accent">
          {name}
        </span>
      ))}
      <span class="item-to">
        priority {router.priority} → {router.backend} ({router.servers} {router.servers === 1 ? "server" : "servers"})
      </span>
    </span>
  );
}

export function FirstProblem({ problems }: { problems: Problem[] }) {
  const [first] = problems;
  if (!first) return null;
  return (
    <span class={`item-problem item-problem-${first.severity}`} title={problems.map((one) => one.message).join("\n")}>
      {problems.length > 1 && <b>{problems.length} problems: </b>}
      {first.key && `${first.key}: `}
      {first.message}
    </span>
  );
}
