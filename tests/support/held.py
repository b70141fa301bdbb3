"""A view of a small configuration, without a controller."""

from collections.abc import Iterable, Mapping

from pointsman.api.view import Facts, Known
from pointsman.compiler import Conditions, PlanBuilder
from pointsman.model.dynamic import Backend, Change, Frontend, TlsEntry
from pointsman.model.plan import EntryPoint, Explanation, Pool, Question, Route, RoutesTold, Stats
from pointsman.model.problem import Problem
from pointsman.providers.protocol import Meant


class Said:
    """What one provider said."""

    def __init__(
        self,
        frontends: dict[str, Frontend] | None = None,
        backends: dict[str, Backend] | None = None,
        tls: dict[str, TlsEntry] | None = None,
    ) -> None:
        self.frontends, self.backends, self.tls = frontends or {}, backends or {}, tls or {}


class Held:
    """Compiles what the providers said; `numbers` are what the proxy tells, one after the other, the last for ever."""

    def __init__(
        self,
        said: Mapping[str, Known],
        *,
        facts: Facts | None = None,
        problems: Iterable[Problem] = (),
        numbers: Iterable[Stats] = (),
    ) -> None:
        self.said, self.told, self.numbers = said, tuple(problems), list(numbers)
        self.asked: list[RoutesTold] = []
        self.questions: list[Question] = []
        self.claimants: list[Meant] = []
        self.explanation: Explanation | None = None
        self.ailing: dict[str, dict[str, str]] = {}
        points = {"http": EntryPoint(address=":80", internal=("ping",)), "traefik": EntryPoint(address=":8080")}
        self.facts = facts or Facts(hostname="replica-1", pid=7, entry_points=points, default_entry_points=("http",))
        self.revision = 0
        self.follow()

    def follow(self) -> None:
        """Compiles anew."""
        conditions = Conditions(entry_points=frozenset({"http", "traefik"}), default_entry_points=("http",))
        self.builder = PlanBuilder(conditions)
        for name, known in self.said.items():
            self.builder.apply(name, Change(frontends=known.frontends, backends=known.backends))
        self.revision += 1

    def providers(self) -> Mapping[str, Known]:
        return self.said

    def problems(self) -> Iterable[Problem]:
        return (*self.told, *self.builder.problems())

    def meant(self, host: str, path: str) -> Iterable[tuple[str, Meant]]:
        return (("kubernetes", one) for one in self.claimants)

    def routes(self) -> Mapping[str, Route]:
        return self.builder.routes

    def pools(self) -> Mapping[str, Pool]:
        return self.builder.pools

    def down(self) -> Mapping[str, Mapping[str, str]]:
        return self.ailing

    async def stats(self, routes: RoutesTold) -> Stats | None:
        self.asked.append(routes)
        if len(self.numbers) > 1:
            return self.numbers.pop(0)
        return self.numbers[0] if self.numbers else None

    async def explain(self, question: Question) -> Explanation | None:
        """What the proxy's own router would say."""
        self.questions.append(question)
        return self.explanation
