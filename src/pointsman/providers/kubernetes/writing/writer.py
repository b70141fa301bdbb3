"""Everything that is written back, as one: who may write, and what there is to write."""

import asyncio
import os
import re
import socket
import uuid
from collections.abc import Iterable

from pointsman.model.problem import Problem
from pointsman.model.static import Kubernetes
from pointsman.providers.kubernetes.client import Client
from pointsman.providers.kubernetes.discovery import Resource
from pointsman.providers.kubernetes.informer import Sink
from pointsman.providers.kubernetes.objects import INGRESS, SERVICE, ObjectEvent
from pointsman.providers.kubernetes.store import Place
from pointsman.providers.kubernetes.writing.events import EventWriter
from pointsman.providers.kubernetes.writing.lease import Lease
from pointsman.providers.kubernetes.writing.status import StatusWriter, View

LEASE = "pointsman"


class Writer:
    """Ingress status and Events of one life of the provider."""

    def __init__(self, client: Client, options: Kubernetes, view: View, *, namespace: str) -> None:
        place = (os.environ.get("POD_NAMESPACE") or namespace, lease_name(options.ingress_class))
        self._lease = Lease(client, place, f"{socket.gethostname()}_{uuid.uuid4()}")
        self._lease.on_change = self._changed_hands
        self._events = EventWriter(client, self._may_write)
        self._status = (
            StatusWriter(client, options.ingress_endpoint, view, self._may_write)
            if options.ingress_endpoint is not None
            else None
        )
        self._view = view

    def report_to(self, sink: Sink) -> None:
        """Where the writers' own problems go."""
        self._lease.on_problem = lambda problem: sink.problem("leases", problem)
        self._events.on_problem = lambda problem: sink.problem("events", problem)
        if self._status is not None:
            self._status.on_problem = lambda problem: sink.problem("ingress status", problem)

    def tell(self, new: Iterable[Problem], solved: Iterable[Problem]) -> None:
        """Problems that have begun, and that are over."""
        self._events.tell(new, solved)

    def saw(self, events: Iterable[ObjectEvent], touched: Iterable[Place]) -> None:
        """Objects that have changed, and Ingresses that have been translated anew."""
        if self._status is None:
            return
        self._status.look_at(touched)
        for event in events:
            if event.kind == INGRESS and event.object is not None:
                self._status.look_at([(event.namespace, event.name)])
            elif event.kind == SERVICE and (event.namespace, event.name) == self._status.service:
                self._look_at_all()

    async def run(self, ingresses: Resource) -> None:
        """Never returns; `ingresses`: the Ingresses' API."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._lease.run())
            group.create_task(self._events.run(ingresses))
            if self._status is not None:
                group.create_task(self._status.run(ingresses))

    def _may_write(self) -> bool:
        return self._lease.held

    def _changed_hands(self) -> None:
        self._events.look_again()
        self._look_at_all()

    def _look_at_all(self) -> None:
        if self._status is not None:
            self._status.look_at(self._view.places())


def lease_name(ingress_class: str) -> str:
    """Deployments of different classes write different Ingresses, each with a Lease of its own."""
    suffix = re.sub(r"[^a-z0-9.-]+", "-", ingress_class.lower()).strip("-.")
    return f"{LEASE}-{suffix}" if suffix else LEASE
