// What became of a router or backend: a word, a sign and a colour.
import type { Router } from "../api/documents";
import { Icon, type IconName } from "./Icon";

export type Tone = "good" | "warning" | "bad";

const WORDS: Record<Router["state"], [string, string, Tone]> = {
  active: ["Active", "In force", "good"],
  refusing: ["Refusing", "Its access rule is broken: it answers 404", "bad"],
  empty: ["No servers", "It answers 503", "warning"],
  down: ["All down", "No server passes its health checks: it answers 503", "bad"],
  absent: ["Not in force", "Requests do not see it", "bad"],
};
const SIGNS: Record<Tone, IconName> = { good: "up", warning: "warning", bad: "down" };

interface Properties {
  state: Router["state"];
  problems?: number;
  /** Servers that fail their health checks. */
  down?: number;
}

export function State({ state, problems = 0, down = 0 }: Properties) {
  const [word, title, tone] = WORDS[state];
  if (state === "active" && down > 0)
    return <Badge tone="warning" word={`${down} down`} title="In force; some servers fail their health checks" />;
  return <Badge tone={tone === "good" && problems > 0 ? "warning" : tone} word={word} title={title} />;
}

export function Badge({ tone, word, title = "" }: { tone: Tone; word: string; title?: string }) {
  return (
    <span class={`state state-${tone}`} title={title}>
      <Icon name={SIGNS[tone]} />
      {word}
    </span>
  );
}
