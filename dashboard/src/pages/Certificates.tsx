// The certificates that the configuration names, those that expire first in front.
import { changes } from "../api/changes";
import { address } from "../api/client";
import type { Certificate, Certificates as Document } from "../api/documents";
import { useResource } from "../api/resource";
import { date, moment, span } from "../format";
import { Loaded } from "../widgets/Failed";
import { Badge } from "../widgets/State";

const DAY = 86_400_000;

export function Certificates() {
  const found = useResource<Document>(address("certificates"), changes.value);
  return (
    <>
      <div class="title">
        <h1>Certificates</h1>
        <p class="quiet">Named by TLS Secrets, files and entry points; those that expire first in front.</p>
      </div>
      <Loaded of={found}>{(data) => <List certificates={data.items} />}</Loaded>
    </>
  );
}

function List({ certificates }: { certificates: Certificate[] }) {
  if (certificates.length === 0) return <p class="panel empty">The configuration names no certificate.</p>;
  return (
    <ul class="certificates">
      {certificates.map((one) => (
        <li key={one.source} class="panel certificate">
          <Shown certificate={one} />
        </li>
      ))}
    </ul>
  );
}

/** How soon a certificate has to be replaced. */
export function urgency(notAfter: number, now: number): "bad" | "warning" | "good" {
  const left = notAfter - now;
  return left < 7 * DAY ? "bad" : left < 30 * DAY ? "warning" : "good";
}

function left({ error, notAfter }: Certificate, now: number): string {
  if (error) return "Unreadable";
  return notAfter < now ? `Expired ${span(now - notAfter)} ago` : `${span(notAfter - now)} left`;
}

function Shown({ certificate }: { certificate: Certificate }) {
  const { names, subject, issuer, source, entryPoints, notBefore, notAfter, error } = certificate;
  const now = Date.now();
  const tone = error ? "bad" : urgency(notAfter, now);
  return (
    <>
      <div class="item-head">
        <b class="item-name" title={names.join("\n")}>
          {names.length > 0 ? names.slice(0, 4).join(", ") : subject || source}
        </b>
        {names.length > 4 && <span class="more">+{names.length - 4}</span>}
        <Badge tone={tone} word={left(certificate, now)} title={error ? "" : `Until ${moment(notAfter)}`} />
      </div>
      {error ? (
        <p class="text-bad">It {error}.</p>
      ) : (
        <p class="quiet">
          <time title={moment(notBefore)}>{date(notBefore)}</time> –{" "}
          <time title={moment(notAfter)}>{date(notAfter)}</time>, issued by {issuer}
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
