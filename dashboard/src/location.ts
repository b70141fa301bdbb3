// Where we are: the part of the address behind `#`, so that every page can be linked to and no server needs to know.
import { signal } from "@preact/signals";

export interface Place {
  page: string;
  /** What follows the page's name, e.g. a router's name. */
  rest: string;
  parameters: URLSearchParams;
}

/** Reads `#/page/rest?parameters`. */
export function parse(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const slash = path.indexOf("/");
  const page = slash < 0 ? path : path.slice(0, slash);
  return {
    page: page || "providers",
    rest: slash < 0 ? "" : decode(path.slice(slash + 1)),
    parameters: new URLSearchParams(query),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of a page. */
export function to(page: string, rest = "", parameters: Record<string, string> = {}): string {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value)).toString();
  return `#/${page}${rest && `/${encodeURIComponent(rest)}`}${query && `?${query}`}`;
}

export const place = signal<Place>(parse(location.hash));
addEventListener("hashchange", (event) => {
  // Not `location`: a page may have noted its parameters there since.
  place.value = parse(new URL(event.newURL).hash);
});

/** Notes the parameters of this page in its address, without a step back for each letter typed, nor news for the page. */
export function setParameters(parameters: Record<string, string>): void {
  history.replaceState(null, "", to(place.value.page, place.value.rest, parameters));
}
