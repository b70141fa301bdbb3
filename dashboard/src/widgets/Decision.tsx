// Who answers a request, who else might have, and what kept the others from it.
import type { ComponentChildren } from "preact";
import type { Decision as Document, Lost, Missed, Winner } from "../api/documents";
import { percent } from "../format";
import { to } from "../location";

export function Decision({ decision }: { decision: Document }) {
  const { winner, lost, missed, rejected, keptAway, problems, otherHosts } = decision;
  return (
    <div class="decision">
      <section class={`panel verdict verdict-${decision.status < 400 ? "good" : "bad"}`} aria-labelledby="verdict">
        <h2 id="verdict">
          {decision.status > 0 && <b class="verdict-status">{decision.status}</b>}{" "}
          {decision.answer.replace(/^[0-9]+: /, "")}
        </h2>
        <p class="quiet">
          <code>
            {decision.request.method} {decision.request.host}
            {decision.request.path}
            {decision.request.query && `?${decision.request.query}`}
          </code>{" "}
          on entry point {decision.request.entryPoint}
          {decision.first.length > 0 && `, which at first does: ${decision.first.join("; ")}`}
        </p>
        {problems.map((problem) => (
          <p key={problem} class="text-warning">
            {problem}
          </p>
        ))}
      </section>
      {winner && <Won winner={winner} />}
      {lost.length > 0 && (
        <Group title="Matched, too, but lost">
          {lost.map((one) => (
            <Named key={`${one.provider}/${one.frontend}`} one={one}>
              {one.because}
            </Named>
          ))}
        </Group>
      )}
      {missed.length > 0 && (
        <Group title={winner ? "Did not match" : "The nearest misses"}>
          {missed.map((one) => (
            <Named key={`${one.provider}/${one.frontend}`} one={one}>
              {one.because}
              {"condition" in one && one.condition && <code class="block">{one.condition}</code>}
            </Named>
          ))}
        </Group>
      )}
      {rejected.length > 0 && (
        <Group title="Not in force">
          {rejected.map((one) => (
            <Named key={`${one.frontend} ${one.origin}`} one={{ ...one, priority: null }}>
              {one.problems.map((problem) => (
                <p key={problem}>{problem}</p>
              ))}
            </Named>
          ))}
        </Group>
      )}
      {keptAway.length > 0 && (
        <Group title="Not taken">
          {keptAway.map((one) => (
            <li key={one.object}>
              {one.object} <span class="provider">{one.origin || one.provider}</span>
              <div class="because">
                {one.because}
                <p>{one.remedy}</p>
              </div>
            </li>
          ))}
        </Group>
      )}
      {otherHosts > 0 && (
        <p class="quiet">{otherHosts.toLocaleString()} routers are for other hosts and were not compared.</p>
      )}
    </div>
  );
}

function Group({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="panel">
      <h2>{title}</h2>
      <ul class="facts-list">{children}</ul>
    </section>
  );
}

type Place = (Omit<Lost, "because" | "priority"> | Omit<Missed, "because" | "priority">) & { priority: number | null };

function Named({ one, children }: { one: Place; children: ComponentChildren }) {
  return (
    <li>
      {one.frontend ? <a href={to("routers", `${one.provider}/${one.frontend}`)}>{one.frontend}</a> : "No router"}{" "}
      <span class="provider">
        {one.priority !== null && `priority ${one.priority} · `}
        {one.origin || one.provider}
      </span>
      <div class="because">{children}</div>
    </li>
  );
}

function Won({ winner }: { winner: Winner }) {
  const lists: [string, string[]][] = [
    ["Conditions", winner.conditions],
    ["Path modifiers", winner.modifiers],
    ["Middlewares", winner.middlewares],
  ];
  return (
    <section class="panel" aria-labelledby="winner">
      <h2 id="winner">
        Answered by <a href={to("routers", `${winner.provider}/${winner.frontend}`)}>{winner.frontend}</a>{" "}
        <span class="provider">
          priority {winner.priority} · {winner.origin || winner.provider}
        </span>
      </h2>
      <dl class="facts">
        {lists
          .filter(([, texts]) => texts.length > 0)
          .map(([name, texts]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                {texts.map((text) => (
                  <code key={text} class="block">
                    {text}
                  </code>
                ))}
              </dd>
            </div>
          ))}
        {winner.forwards && (
          <div>
            <dt>The server is asked for</dt>
            <dd>
              <code>{winner.forwards}</code>
            </dd>
          </div>
        )}
        <div>
          <dt>Backend</dt>
          <dd>{winner.backend || "–"}</dd>
        </div>
      </dl>
      {winner.servers.length > 0 && (
        <ul class="pool">
          {winner.servers.map((server) => (
            <li key={server.url} class="pool-server">
              <code>{server.url}</code>
              <span class="number">
                {percent(server.share / 100)} <small>weight {server.weight}</small>
              </span>
              <span class="meter" aria-hidden="true">
                <span style={{ width: `${server.share}%` }} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
