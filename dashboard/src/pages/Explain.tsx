// Why a request goes where it goes: asked of the very table that serves requests.
import { useEffect, useState } from "preact/hooks";
import { ApiError, address, load } from "../api/client";
import type { Decision as Document, Overview } from "../api/documents";
import { place, setParameters } from "../location";
import { Decision } from "../widgets/Decision";
import { Failed } from "../widgets/Failed";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

interface Question {
  method: string;
  url: string;
  entryPoint: string;
  headers: string;
}

/** The address that answers a question; each line of headers is one parameter. */
export function addressOf({ method, url, entryPoint, headers }: Question): string {
  const lines = headers
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const fields = lines.map((line) => `&header=${encodeURIComponent(line)}`).join("");
  return `${address("explain", { method, url, entryPoint })}${fields}`;
}

export function Explain({ overview }: { overview: Overview | null }) {
  const { parameters } = place.value;
  const [question, setQuestion] = useState<Question>({
    method: parameters.get("method") ?? "GET",
    url: parameters.get("url") ?? "",
    entryPoint: parameters.get("entryPoint") ?? "",
    headers: parameters.get("headers") ?? "",
  });
  const [asked, setAsked] = useState(question.url ? question : null);
  const [answer, setAnswer] = useState<{ document: Document | null; error: ApiError | null }>({
    document: null,
    error: null,
  });
  useEffect(() => {
    if (!asked) return;
    const control = new AbortController();
    load<Document>(addressOf(asked), control.signal).then(
      (document) => setAnswer({ document, error: null }),
      (error) => {
        if (!control.signal.aborted) setAnswer({ document: null, error: told(error as ApiError) });
      },
    );
    return () => control.abort();
  }, [asked]);
  const ask = (event: Event) => {
    event.preventDefault();
    setParameters({ ...question });
    setAsked({ ...question });
  };
  const change = (part: Partial<Question>) => setQuestion((old) => ({ ...old, ...part }));
  return (
    <>
      <div class="title">
        <h1>Explain</h1>
        <p class="quiet">Which router answers a request, and why. Nothing is sent to a server.</p>
      </div>
      <form class="panel ask" onSubmit={ask}>
        <label class="field">
          <span>Method</span>
          <select value={question.method} onChange={(event) => change({ method: event.currentTarget.value })}>
            {METHODS.map((method) => (
              <option key={method}>{method}</option>
            ))}
          </select>
        </label>
        <EntryPoint overview={overview} value={question.entryPoint} choose={(entryPoint) => change({ entryPoint })} />
        <label class="field field-url">
          <span>URL</span>
          <input
            type="text"
            inputMode="url"
            required
            value={question.url}
            placeholder={hint(overview)}
            spellcheck={false}
            onInput={(event) => change({ url: event.currentTarget.value })}
          />
        </label>
        <label class="field field-headers">
          <span>Headers, one a line</span>
          <textarea
            rows={2}
            value={question.headers}
            placeholder="X-User: alice"
            spellcheck={false}
            onInput={(event) => change({ headers: event.currentTarget.value })}
          />
        </label>
        <button type="submit" class="primary">
          Explain
        </button>
      </form>
      <div aria-live="polite">
        {answer.error && <Failed error={answer.error} />}
        {answer.document && <Decision decision={answer.document} />}
      </div>
    </>
  );
}

interface EntryPointProperties {
  overview: Overview | null;
  value: string;
  choose: (name: string) => void;
}

function EntryPoint({ overview, value, choose }: EntryPointProperties) {
  const points = overview?.entryPoints ?? [];
  if (points.length < 2) return null;
  return (
    <label class="field">
      <span>Entry point</span>
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">default</option>
        {points.map((point) => (
          <option key={point.name}>{point.name}</option>
        ))}
      </select>
    </label>
  );
}

function hint(overview: Overview | null): string {
  const port = overview?.entryPoints
    .find((point) => point.isDefault)
    ?.address.split(":")
    .pop();
  return `http://shop.example.com${port && port !== "80" ? `:${port}` : ""}/cart?id=1`;
}

function told(error: ApiError): ApiError {
  const missing = error.status === 404 && error.message.includes("nothing at this path");
  return missing ? new ApiError(404, "This version of Pointsman cannot explain requests over its API yet.") : error;
}
