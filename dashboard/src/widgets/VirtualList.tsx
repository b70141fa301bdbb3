// A list of any length of which only what is visible exists. Its items come in pages, when they are scrolled to.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

export const PER_PAGE = 100;
const SPARE = 4;

interface Properties<T> {
  label: string;
  total: number;
  rowHeight: number;
  /** The item, or undefined while its page is on its way. */
  item: (index: number) => T | undefined;
  /** Says which pages are looked at. */
  onPages: (first: number, last: number) => void;
  children: (item: T, index: number) => ComponentChildren;
}

/** Which rows to draw. */
export function visible(scroll: number, height: number, rowHeight: number, total: number): [number, number] {
  const first = Math.max(0, Math.floor(scroll / rowHeight) - SPARE);
  const last = Math.min(total, Math.ceil((scroll + height) / rowHeight) + SPARE);
  return [Math.min(first, Math.max(0, total - 1)), last];
}

export function VirtualList<T>({ label, total, rowHeight, item, onPages, children }: Properties<T>) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ scroll: 0, height: 800 });
  const look = () => {
    const element = box.current;
    if (element) setView({ scroll: element.scrollTop, height: element.clientHeight });
  };
  useLayoutEffect(() => {
    look();
    const observer = new ResizeObserver(look);
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  const [first, last] = visible(view.scroll, view.height, rowHeight, total);
  useEffect(() => {
    if (total > 0) onPages(Math.floor(first / PER_PAGE) + 1, Math.floor(Math.max(first, last - 1) / PER_PAGE) + 1);
  }, [first, last, total, onPages]);
  const rows = [];
  for (let index = first; index < last; index += 1) {
    const found = item(index);
    rows.push(
      <li
        key={index}
        class="row"
        aria-setsize={total}
        aria-posinset={index + 1}
        style={{ top: `${index * rowHeight}px`, height: `${rowHeight}px` }}
      >
        {found === undefined ? <div class="row-waiting" aria-hidden="true" /> : children(found, index)}
      </li>,
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard.
    // biome-ignore lint/a11y/noStaticElementInteractions: arrows go from link to link within.
    <div class="virtual" ref={box} onScroll={look} onKeyDown={walk} tabIndex={0}>
      <ul class="virtual-space" aria-label={label} style={{ height: `${total * rowHeight}px` }}>
        {rows}
      </ul>
    </div>
  );
}

/** Arrows go from row to row. */
function walk(event: KeyboardEvent) {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step === 0) return;
  const box = event.currentTarget as HTMLElement;
  const row = (event.target as HTMLElement).closest(".row");
  const next = row ? (step > 0 ? row.nextElementSibling : row.previousElementSibling) : box.querySelector(".row");
  const link = next?.querySelector<HTMLElement>("a");
  if (!link) return;
  event.preventDefault();
  link.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}
