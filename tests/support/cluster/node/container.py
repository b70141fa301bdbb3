"""One container of a pod: started, probed, restarted with back-off, stopped within its grace period."""

import asyncio
import logging
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support.cluster.node import probes
from support.cluster.node.client import Object
from support.cluster.node.facts import Facts, Missing
from support.cluster.node.known import Known
from support.cluster.node.launch import Launched, launch

log = logging.getLogger("node.container")
FIRST_BACKOFF_S, LONGEST_BACKOFF_S, FORGIVEN_AFTER_S = 10, 300, 600


def now() -> str:
    """The time as the Kubernetes API writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Container:
    """`run` returns when it need not be restarted; `changed` is called when its status differs."""

    def __init__(self, known: Known, facts: Facts, spec: Object, *, init: bool, changed: Callable[[], None]) -> None:
        self.known, self.facts, self.spec, self.init, self._changed = known, facts, spec, init, changed
        self.name: str = spec["name"]
        self.sidecar = init and spec.get("restartPolicy") == "Always"
        self.policy = self._policy()
        reason = "PodInitializing" if init else "ContainerCreating"
        self.state: Object = {"waiting": {"reason": reason}}
        self.last: Object = {}
        self.restarts = 0
        self.ready = self.started = False
        self.launched: Launched | None = None
        self.exit_code: int | None = None
        self.up, self.stopping = asyncio.Event(), asyncio.Event()

    @property
    def running(self) -> bool:
        return "running" in self.state

    def log_path(self, restart: int) -> Path:
        """Where the output of the container's nth life is."""
        return self.facts.directory / "logs" / f"{self.name}.{restart}"

    async def run(self) -> int:
        """Runs until it need not be restarted; returns its last exit code."""
        delay = 0.0
        while not self.stopping.is_set():
            begun = time.monotonic()
            if not await self._started():
                await self._pause(1)
                continue
            ended = await self._ended()
            if self.stopping.is_set() or self.policy == "Never" or (self.policy == "OnFailure" and not self.exit_code):
                break
            if time.monotonic() - begun > FORGIVEN_AFTER_S:
                delay = 0
            if delay:
                message = f"back-off {delay:g}s restarting failed container"
                self._change(last=ended, state={"waiting": {"reason": "CrashLoopBackOff", "message": message}})
                await self._pause(delay)
            delay = min(LONGEST_BACKOFF_S, delay * 2 or FIRST_BACKOFF_S)
            self.log_path(self.restarts - 1).unlink(missing_ok=True)
            self._change(last=ended, restarts=self.restarts + 1)
        return self.exit_code or 0

    async def stop(self, grace: float) -> None:
        """Asks the program to end: preStop hook, SIGTERM, SIGKILL, all within the grace period (seconds)."""
        self.stopping.set()
        if self.launched is None or self.launched.ended:
            return
        deadline = time.monotonic() + grace
        if not grace:
            self.launched.kill()
            return
        hook = (self.spec.get("lifecycle") or {}).get("preStop")
        if hook:
            try:
                await asyncio.wait_for(self._hook(hook), grace)
            except (OSError, RuntimeError, ValueError) as error:
                log.info("%s preStop: %r", self.facts.title, error)
        await self.launched.end(signal.SIGTERM, max(2, deadline - time.monotonic()))

    def status(self) -> Object:
        """As in the pod's `containerStatuses`."""
        done = self.init and not self.sidecar and self.exit_code == 0
        found = {
            "name": self.name,
            "image": self.spec["image"],
            "imageID": self.spec["image"],
            "ready": self.ready or done,
            "started": self.started,
            "restartCount": self.restarts,
            "state": self.state,
            "lastState": self.last,
        }
        return found | ({"containerID": self._id()} if self.launched else {})

    def _policy(self) -> str:
        if self.sidecar:
            return "Always"
        policy = self.facts.restart_policy
        return "OnFailure" if self.init and policy == "Always" else policy

    def _id(self) -> str:
        assert self.launched is not None
        return f"process://{self.launched.process.pid}"

    def _change(self, **fields: Any) -> None:
        self.__dict__.update(fields)
        self._changed()

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _started(self) -> bool:
        base = self.facts.directory / "root" / f"{self.name}.{self.restarts}"
        try:
            self.launched = await launch(self.known, self.facts, self.spec, self.log_path(self.restarts), base=base)
        except Missing as problem:
            reason = "ErrImagePull" if str(problem).startswith("image ") else "CreateContainerConfigError"
            self._change(state={"waiting": {"reason": reason, "message": str(problem)}})
            return False
        startup = "startupProbe" in self.spec
        self._change(
            state={"running": {"startedAt": now()}},
            started=not startup,
            ready=not startup and "readinessProbe" not in self.spec,
        )
        self.up.set()
        return True

    async def _ended(self) -> Object:
        """Probes until the program ends; returns its state."""
        assert self.launched is not None
        probed = probes.Probed(container=self.spec, address=self.facts.address, launched=self.launched)
        checks = asyncio.create_task(
            probes.check(
                probed,
                started=lambda: self._change(started=True),
                ready=lambda good: self._change(ready=good),
                failed=self._failed,
            )
        )
        try:
            code = await self.launched.process.wait()
        finally:
            checks.cancel()
        self.exit_code = 128 - code if code < 0 else code
        ended = {
            "terminated": {
                "exitCode": self.exit_code,
                "reason": "Error" if code else "Completed",
                "startedAt": self.state.get("running", {}).get("startedAt", now()),
                "finishedAt": now(),
                "containerID": self._id(),
            }
        }
        self._change(state=ended, ready=False, started=False)
        return ended

    async def _failed(self) -> None:
        assert self.launched is not None
        log.info("%s/%s: probe failed, restarting", self.facts.title, self.name)
        await self.launched.end(signal.SIGTERM, self.facts.grace)

    async def _hook(self, hook: Object) -> None:
        assert self.launched is not None
        if "sleep" in hook:
            await asyncio.sleep(hook["sleep"]["seconds"])
        else:
            probed = probes.Probed(container=self.spec, address=self.facts.address, launched=self.launched)
            await probes.once(probed, hook)
