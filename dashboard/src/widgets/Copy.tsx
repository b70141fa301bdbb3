// A button that puts a text into the clipboard and says so.
import { useEffect, useState } from "preact/hooks";
import { Icon } from "./Icon";

const SHOWN_MS = 1500;

export function Copy({ text, what }: { text: string; what: string }) {
  const [done, setDone] = useState<"" | "copied" | "failed">("");
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(""), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = () => {
    written(text).then(
      () => setDone("copied"),
      () => setDone("failed"),
    );
  };
  return (
    <button type="button" class="copy" onClick={copy} aria-label={`Copy ${what}`} title={`Copy ${what}`}>
      <Icon name={done === "copied" ? "up" : done === "failed" ? "down" : "copy"} />
      <span class="visually-hidden" role="status">
        {done}
      </span>
    </button>
  );
}

/** The clipboard's own interface is there over TLS and on localhost only. */
async function written(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("the browser refused");
}
