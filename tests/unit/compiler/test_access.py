"""Secrets stay where they are needed: no Problem and no shown plan has one; files win over lists."""

import msgspec
import pytest

from pointsman.compiler import Conditions, PlanBuilder
from pointsman.compiler.pool_options import cookie_name
from pointsman.model.dynamic import Auth, Backend, BasicAuth, Change, ClientTls, DigestAuth, ForwardAuth, Frontend
from pointsman.model.plan import BasicAuth as PlanBasic
from pointsman.model.plan import Middleware, Refuse, without_secrets

CONDITIONS = Conditions(entry_points=frozenset({"http"}), default_entry_points=("http",))
SECRET = "s3cr3t"
HASH = "$apr1$saltsalt$s3cr3tAAAAAAAAAAAAAAAA"


def built(auth: Auth, file: tuple[str, ...] | str = "no such file") -> PlanBuilder:
    builder = PlanBuilder(CONDITIONS, lambda _: file)
    builder.apply("file", Change(frontends={"f": Frontend(backend="b", auth=auth)}, backends={"b": Backend()}))
    return builder


def middleware(builder: PlanBuilder) -> Middleware:
    (only,) = builder.plan(1).routes["file/f"].middlewares
    return only


AUTHS = [
    Auth(basic=BasicAuth(users=(f"ann:{SECRET}",))),
    Auth(basic=BasicAuth(users=(SECRET,))),
    Auth(basic=BasicAuth(users=(f"ann:{SECRET}:{SECRET}",))),
    Auth(basic=BasicAuth(users=(f"ann:{HASH}",))),
    Auth(digest=DigestAuth(users=(f"ann:traefik:{SECRET}",))),
    Auth(digest=DigestAuth(users=(f"ann:{SECRET}",))),
    Auth(forward=ForwardAuth(address="http://a", tls=ClientTls(key=SECRET))),
    Auth(forward=ForwardAuth(address="http://a", tls=ClientTls(key=SECRET, cert="c"))),
    Auth(forward=ForwardAuth(address=f"ftp://me:{SECRET}@a")),
]


@pytest.mark.parametrize("auth", AUTHS, ids=str)
def test_no_secret_is_shown(auth: Auth) -> None:
    builder = built(auth)
    assert SECRET not in "".join(map(str, builder.problems()))
    shown = msgspec.json.encode(without_secrets(builder.plan(1)))
    assert SECRET.encode() not in shown
    assert b'"file/f"' in shown


def test_a_plan_without_secrets_is_shown_as_it_is() -> None:
    builder = PlanBuilder(CONDITIONS)
    builder.apply("file", Change(frontends={"f": Frontend(backend="b")}, backends={"b": Backend()}))
    assert without_secrets(builder.plan(1)) == builder.plan(1)


def test_the_file_wins_over_the_list() -> None:
    auth = Auth(basic=BasicAuth(users=(f"ann:{HASH}", f"bob:{HASH}"), users_file="users"))
    other = "$apr1$saltsalt$otherAAAAAAAAAAAAAAAAA"
    only = middleware(built(auth, (f"bob:{other}", f"eve:{HASH}")))
    assert isinstance(only, PlanBasic)
    assert only.users == (f"ann:{HASH}", f"bob:{other}", f"eve:{HASH}")


def test_a_file_that_cannot_be_read_refuses_everybody() -> None:
    builder = built(Auth(basic=BasicAuth(users=(f"ann:{HASH}",), users_file="users")))
    assert isinstance(builder.plan(1).routes["file/f"].action, Refuse)
    assert "no such file" in str(builder.problems()[0])


@pytest.mark.parametrize(("backend", "cookie"), [("backend", "_76eb3"), ("/my/BACKEND-v1.0~rc1", "_5f7bc")])
def test_cookie_names_are_those_of_traefik(backend: str, cookie: str) -> None:
    assert cookie_name(backend) == cookie


def test_frontends_follow_their_files() -> None:
    lines = {"users": (f"ann:{HASH}",)}
    builder = PlanBuilder(CONDITIONS, lambda path: lines.get(path, "no such file"))
    auth = Auth(basic=BasicAuth(users_file="users"))
    frontends = {"asks": Frontend(backend="b", auth=auth), "plain": Frontend(backend="b")}
    builder.apply("file", Change(frontends=frontends, backends={"b": Backend()}))
    assert builder.files() == {"users"}
    assert not builder.reread({"users"})
    lines["users"] = (f"bob:{HASH}",)
    assert not builder.reread({"others"})
    assert list(builder.reread({"users"}).routes) == ["file/asks"]
    del lines["users"]
    gone = builder.reread({"users"})
    assert isinstance(builder.plan(1).routes["file/asks"].action, Refuse)
    assert len(gone.problems) == 1
    builder.apply("file", Change(frontends={"asks": None}))
    assert builder.files() == frozenset()
