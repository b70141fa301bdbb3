// A document that a page shows: loaded when its address changes, kept while the next one comes.
import { useEffect, useState } from "preact/hooks";
import { madeOf } from "./changes";
import { type ApiError, load } from "./client";

export interface Resource<T> {
  data: T | null;
  /** Why there is no newer one. */
  error: ApiError | null;
}

/** `again`: a value whose change loads the same address anew. */
export function useResource<T>(url: string, again: unknown = 0): Resource<T> {
  const [state, setState] = useState<Resource<T> & { url: string }>({ data: null, error: null, url });
  useEffect(() => {
    const control = new AbortController();
    setState((old) => (old.url === url ? old : { data: null, error: null, url }));
    load<T>(url, control.signal).then(
      (data) => {
        madeOf(data);
        setState({ data, error: null, url });
      },
      (error) => {
        if (!control.signal.aborted) setState((old) => ({ ...old, error: error as ApiError }));
      },
    );
    return () => control.abort();
  }, [url, again]);
  return state;
}
