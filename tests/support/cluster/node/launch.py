"""A container's process: started in namespaces of its own, found, signalled."""

import asyncio
import contextlib
import os
import shlex
import subprocess
from pathlib import Path

from support.cluster.node import root
from support.cluster.node.client import Object
from support.cluster.node.environment import command, environment
from support.cluster.node.facts import Facts
from support.cluster.node.known import Known
from support.cluster.node.logs import LogWriter
from support.cluster.node.volumes import Volumes
from support.cluster.processes import die_with_parent

LAUNCHERS = ("nsenter", "unshare", "chroot", "env")


class Launched:
    """A started container."""

    def __init__(self, process: asyncio.subprocess.Process, script: Path) -> None:
        self.process, self.script = process, script

    @property
    def ended(self) -> bool:
        return self.process.returncode is not None

    async def program(self) -> int | None:
        """Process id, on this machine, of the container's own program; None when it has ended.

        Waits until it has replaced what launched it, so that no signal is lost.
        """
        for _ in range(300):
            pid = self._first()
            if pid and not self._launching(pid):
                return pid
            if self.ended:
                return None
            await asyncio.sleep(0.01)
        return self._first()

    def _first(self) -> int | None:
        """The child of `unshare`."""
        pid = self.process.pid
        try:
            return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
        except (OSError, IndexError):
            return None

    def _launching(self, pid: int) -> bool:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            name = Path(f"/proc/{pid}/comm").read_text().strip()
        except OSError:
            return True
        return name in LAUNCHERS or bytes(self.script) in words

    async def signal(self, number: int) -> None:
        """Sends a signal to the program."""
        pid = await self.program()
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    async def end(self, number: int, grace: float) -> None:
        """Sends the signal, and kills what is still there after the grace period."""
        await self.signal(number)
        try:
            await asyncio.wait_for(asyncio.shield(self.process.wait()), grace)
        except TimeoutError:
            self.kill()

    def kill(self) -> None:
        """Ends everything in the container at once."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()

    async def execute(self, words: list[str]) -> None:
        """Runs a command in the container. Raises RuntimeError when it fails."""
        pid = await self.program()
        await run("nsenter", "-t", str(pid), "-m", "-u", "-n", "-p", "-r", "-w", *words)


async def launch(known: Known, facts: Facts, container: Object, log: Path, *, base: Path) -> Launched:
    """Starts a container with its root below `base` and its output in `log`. Raises Missing."""
    image = known.image(container["image"])
    variables = environment(known, facts, container, image)
    argv = command(container, image, variables)
    mounts = [root.Mount(source, target, True) for target, source in image.files.items()]
    mounts += root.mounts(facts, Volumes(known, facts), container, variables)
    root.prepare(facts, base)
    words = [*(f"{name}={value}" for name, value in variables.items()), *argv]
    program = root.program(facts, container, image, root=base / "merged", words=words)
    script = base / "run.sh"
    script.write_text(root.script(base, facts.hostname, mounts, program))
    reader, writer = os.pipe()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: LogWriter(log), os.fdopen(reader, "rb", 0))
    try:
        process = await asyncio.create_subprocess_exec(
            *("nsenter", f"--net=/run/netns/{namespace(known, facts)}"),
            *("unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--propagation", "private"),
            *("sh", "-e", str(script)),
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=writer,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
    finally:
        os.close(writer)
    return Launched(process, script)


def namespace(known: Known, facts: Facts) -> str:
    """Name of a pod's network namespace."""
    return f"{known.settings.namespace}-{facts.uid[:13]}"


async def run(*words: str, text: str = "") -> None:
    """Runs a command to its end, with this standard input. Raises RuntimeError with its output when it fails."""
    process = await asyncio.create_subprocess_exec(
        *words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output, _ = await process.communicate(text.encode())
    if process.returncode:
        raise RuntimeError(f"{shlex.join(words)}: {output.decode(errors='replace').strip()}")
