"""The provider: publishes what the inbox holds."""

from pointsman.model.dynamic import Dynamic
from pointsman.providers.protocol import Publish, diff
from pointsman.providers.rest.inbox import Inbox


class RestProvider:
    """compat(1.7): known as `web` in the API, in names and in metrics."""

    name = "web"

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def run(self, publish: Publish) -> None:
        """Publishes at once, so that nobody waits for a first PUT, and again after each."""
        known = self._inbox.current
        publish(diff(Dynamic(), known))
        while True:
            await self._inbox.news()
            new = self._inbox.current
            change = diff(known, new)
            known = new
            if change:
                publish(change)
