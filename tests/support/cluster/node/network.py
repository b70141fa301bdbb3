"""Network namespaces: the node with its bridge, and a pod's end of a cable to it."""

from support.cluster.node.facts import Facts
from support.cluster.node.known import Known
from support.cluster.node.launch import namespace, run
from support.cluster.node.settings import ADDRESS


async def plug_in(known: Known, facts: Facts) -> None:
    """Makes a pod's network namespace, with an address on the bridge."""
    facts.address, name, cable = known.next_address(), namespace(known, facts), "v" + facts.uid.replace("-", "")[:12]
    await run("ip", "netns", "add", name)
    await run(
        *("ip", "-batch", "-"),
        text=f"link add {cable} type veth peer name eth0 netns {name}\nlink set {cable} master br0 up\n",
    )
    await run(
        *("ip", "-n", name, "-batch", "-"),
        text=f"link set lo up\naddr add {facts.address}/16 dev eth0\nlink set eth0 up\n"
        f"route add default via {ADDRESS}\n",
    )


async def unplug(known: Known, facts: Facts) -> None:
    """Removes a pod's network namespace, if it has one. Raises RuntimeError."""
    if facts.address:
        await run("ip", "netns", "del", namespace(known, facts))
