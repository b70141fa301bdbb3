// The search field of a page: `/` leads there, Escape empties it and then leaves, an arrow goes on to the list.
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** `clear`: empties the field. */
export function useFind(clear: () => void): RefObject<HTMLInputElement | null> {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const jump = (event: KeyboardEvent) => {
      const { target } = event;
      const input = field.current;
      if (!input || event.ctrlKey || event.metaKey || event.altKey) return;
      if (target === input) within(event, input, clear);
      else if (event.key === "/" && !isTyping(target)) {
        event.preventDefault();
        input.focus();
        input.select();
      }
    };
    addEventListener("keydown", jump);
    return () => removeEventListener("keydown", jump);
  }, [clear]);
  return field;
}

function within(event: KeyboardEvent, input: HTMLInputElement, clear: () => void): void {
  if (event.key === "Escape") {
    event.preventDefault();
    if (input.value) clear();
    else input.blur();
  } else if (event.key === "ArrowDown") {
    const first = document.querySelector<HTMLElement>(".virtual .row a, .problems a");
    if (first) event.preventDefault();
    first?.focus();
  }
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
  );
}
