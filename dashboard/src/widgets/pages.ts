// Pages of a long list: asked for once each, thrown away when filter or configuration change.
import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";
import { madeOf } from "../api/changes";
import { type ApiError, address, load } from "../api/client";
import { PER_PAGE } from "./VirtualList";

interface Page<T> {
  total: number;
  items: T[];
}

export interface Paged<T> {
  /** -1: not known yet. */
  total: number;
  /** Whether what is shown is about to be replaced. */
  busy: boolean;
  item: (index: number) => T | undefined;
  onPages: (first: number, last: number) => void;
  error: ApiError | null;
}

type Parameters = Record<string, string | number | boolean>;

/** `revision`: of the configuration; what is shown stays until its replacement is there. */
export function usePages<T>(path: string, parameters: Parameters, revision: number): Paged<T> {
  const key = address(path, parameters);
  const pages = useRef(new Map<number, Page<T> | "asked">());
  const looked = useRef<[number, number]>([1, 1]);
  const [state, setState] = useState<{ total: number; error: ApiError | null; round: number; shown: string }>({
    total: -1,
    error: null,
    round: 0,
    shown: "",
  });
  const control = useRef<AbortController | null>(null);
  const ask = useCallback(
    (page: number, into: Map<number, Page<T> | "asked">, signal: AbortSignal) => {
      into.set(page, "asked");
      const separator = key.includes("?") ? "&" : "?";
      return load<Page<T>>(`${key}${separator}page=${page}&perPage=${PER_PAGE}`, signal).then(
        (found) => {
          madeOf(found);
          into.set(page, found);
          return found;
        },
        (error) => {
          into.delete(page);
          if (!signal.aborted) setState((old) => ({ ...old, error: error as ApiError }));
          return null;
        },
      );
    },
    [key],
  );
  /** Asks for what is looked at and neither there nor on its way. */
  const fill = useCallback(() => {
    const signal = control.current?.signal;
    if (!signal) return;
    const [first, last] = looked.current;
    for (let page = first; page <= last; page += 1)
      if (!pages.current.has(page))
        ask(page, pages.current, signal).then((found) => {
          if (found) setState((old) => ({ ...old, total: found.total, round: old.round + 1 }));
        });
  }, [ask]);
  useLayoutEffect(() => {
    const mine = new AbortController();
    control.current?.abort();
    control.current = mine;
    const fresh = new Map<number, Page<T> | "asked">();
    const [first, last] = looked.current;
    const wanted = [];
    for (let page = first; page <= last; page += 1) wanted.push(ask(page, fresh, mine.signal));
    Promise.all(wanted).then((found) => {
      const some = found.find((page) => page !== null);
      if (mine.signal.aborted || !some) return;
      pages.current = fresh;
      setState((old) => ({ total: some.total, error: null, round: old.round + 1, shown: key }));
      fill(); // Who scrolled meanwhile looks at other pages, which were asked for into the former ones.
    });
    return () => mine.abort();
  }, [key, revision, ask, fill]);
  const onPages = useCallback(
    (first: number, last: number) => {
      looked.current = [first, last];
      fill();
    },
    [fill],
  );
  const item = (index: number) => {
    const page = pages.current.get(Math.floor(index / PER_PAGE) + 1);
    return page && page !== "asked" ? page.items[index % PER_PAGE] : undefined;
  };
  return { total: state.total, error: state.error, busy: state.shown !== key && !state.error, item, onPages };
}
