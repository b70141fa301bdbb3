"""Waiting for a line of the product's log."""

import asyncio
import logging


class Logged(logging.Handler):
    """Attached to the product's logger; `await logged("text")` returns the first line that holds the text."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._news = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps a line."""
        self.lines.append(record.getMessage())
        self._news.set()

    async def __call__(self, text: str, within_s: float = 20) -> str:
        """Waits for it."""
        async with asyncio.timeout(within_s):
            while not (found := [line for line in self.lines if text in line]):
                self._news.clear()
                await self._news.wait()
        return found[0]
