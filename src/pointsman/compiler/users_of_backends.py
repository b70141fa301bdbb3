"""Which frontends use which backend: for their requests, or for an error page."""

from collections.abc import Iterable

from pointsman.model.dynamic import Frontend

Key = tuple[str, str]
"""(provider, name): a frontend can only use backends of its own provider."""

_Use = tuple[Key, bool, frozenset[str]]
"""The backend of a frontend, whether it passes the Host, and where it is served."""


class UsersOfBackends:
    """Kept in step with the frontends."""

    def __init__(self, default_entry_points: tuple[str, ...]) -> None:
        self._default = frozenset(default_entry_points)
        self._uses: dict[Key, _Use] = {}
        self._users: dict[Key, set[Key]] = {}
        self._pages_of: dict[Key, frozenset[Key]] = {}
        self._page_users: dict[Key, set[Key]] = {}

    def put(self, key: Key, frontend: Frontend | None) -> set[Key]:
        """Takes in a frontend, or that it is gone; the others whose error pages may look different now."""
        before, now = self._uses.get(key), self._use(key, frontend)
        if before != now:
            _forget(self._users, before[:1] if before else (), key)
            _note(self._users, now[:1] if now else (), key)
        self._put_pages(key, frontend)
        if now is None:
            self._uses.pop(key, None)
        else:
            self._uses[key] = now
        if before == now:
            return set()
        concerned: set[Key] = set()
        for use in (before, now):
            concerned |= self._page_users.get(use[0], set()) if use is not None else set()
        return concerned

    def _put_pages(self, key: Key, frontend: Frontend | None) -> None:
        _forget(self._page_users, self._pages_of.pop(key, ()), key)
        if frontend is not None and frontend.errors:
            pages = frozenset((key[0], page.backend) for page in frontend.errors.values())
            _note(self._page_users, pages, key)
            self._pages_of[key] = pages

    def concerned(self, backend: Key) -> set[Key]:
        """The frontends that must follow when a backend appears, breaks or goes."""
        return self._users.get(backend, set()) | self._page_users.get(backend, set())

    def passes_host(self, backend: Key, entry_points: frozenset[str]) -> bool:
        """What the first frontend, by name, says that uses the backend on one of these entry points."""
        for user in sorted(self._users.get(backend, ())):
            _, passes, where = self._uses[user]
            if where & entry_points:
                return passes
        return False

    def _use(self, key: Key, frontend: Frontend | None) -> _Use | None:
        if frontend is None:
            return None
        where = frozenset(frontend.entry_points) or self._default
        return (key[0], frontend.backend), frontend.pass_host_header, where


def _note(users: dict[Key, set[Key]], backends: Iterable[Key], user: Key) -> None:
    for backend in backends:
        users.setdefault(backend, set()).add(user)


def _forget(users: dict[Key, set[Key]], backends: Iterable[Key], user: Key) -> None:
    for backend in backends:
        rest = users[backend]
        rest.discard(user)
        if not rest:
            del users[backend]
