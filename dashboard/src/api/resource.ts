// A document that a page shows: loaded when its address changes, kept while the next one comes.
import { useEffect, useState } from "preact/hooks";
import { type ApiError, load } from "./client";

export interface Resource<T> {
  data: T | null;
  error: ApiError | null;
  loading: boolean;
}

/** `again`: a value whose change loads the same address anew. An empty address loads nothing. */
export function useResource<T>(url: string, again: unknown = 0): Resource<T> {
  const [state, setState] = useState<Resource<T> & { url: string }>({ data: null, error: null, loading: true, url });
  useEffect(() => {
    if (!url) return;
    const control = new AbortController();
    setState((old) => ({ ...old, loading: true, data: old.url === url ? old.data : null, url }));
    load<T>(url, control.signal).then(
      (data) => setState({ data, error: null, loading: false, url }),
      (error) => {
        if (!control.signal.aborted) setState((old) => ({ ...old, error: error as ApiError, loading: false }));
      },
    );
    return () => control.abort();
  }, [url, again]);
  return state;
}
