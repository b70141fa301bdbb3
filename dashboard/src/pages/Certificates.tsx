// The certificates that the configuration names, those that expire first in front.
import { address } from "../api/client";
import type { Certificate, Certificates as Document } from "../api/documents";
import { revision } from "../api/live";
import { useResource } from "../api/resource";
import { date, span } from "../format";
import { Failed } from "../widgets/Failed";

const DAY = 86_400_000;

export function Certificates() {
  const { data, error } = useResource<Document>(address("certificates"), revision.value);
  if (error) return <Failed error={error} />;
  if (!data) return <p class="empty">Loading.</p>;
  return (
    <>
      <div class="title">
        <h1>Certificates</h1>
        <p class="quiet">Named by TLS Secrets, files and entry points.</p>
      </div>
      {data.items.length === 0 ? (
        <p class="panel empty">The configuration names no certificate.</p>
      ) : (
        <ul class="certificates">
          {data.items.map((one) => (
            <li key={one.source} class="panel certificate">
              <Shown certificate={one} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** How soon a certificate has to be replaced. */
export function urgency(notAfter: number, now: number): "bad" | "warning" | "good" {
  const left = notAfter - now;
  return left < 7 * DAY ? "bad" : left < 30 * DAY ? "warning" : "good";
}

function Shown({ certificate }: { certificate: Certificate }) {
  const { names, subject, issuer, source, entryPoints, notBefore, notAfter, error } = certificate;
  const now = Date.now();
  const tone = error ? "bad" : urgency(notAfter, now);
  return (
    <>
      <div class="item-head">
        <b class="item-name">{names.length > 0 ? names.slice(0, 4).join(", ") : subject || source}</b>
        {names.length > 4 && <span class="more">+{names.length - 4}</span>}
        <span class={`state state-${tone}`}>
          {error
            ? "Unreadable"
            : notAfter < now
              ? `Expired ${span(now - notAfter)} ago`
              : `${span(notAfter - now)} left`}
        </span>
      </div>
      {error ? (
        <p class="text-bad">It {error}.</p>
      ) : (
        <p class="quiet">
          {date(notBefore)} – {date(notAfter)}, issued by {issuer}
        </p>
      )}
      <span class="chips">
        {entryPoints.map((name) => (
          <span key={name} class="chip">
            {name}
          </span>
        ))}
        <span class="item-to">{source}</span>
      </span>
    </>
  );
}
