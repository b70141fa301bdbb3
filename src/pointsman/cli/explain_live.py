"""Asks a running instance, at its API, where requests go."""

from collections.abc import Sequence

import httpx2
import msgspec

from pointsman.cli.asking import AskError
from pointsman.explain import Decision
from pointsman.model.plan import Question

_SECONDS = 10.0
_BODY = 500
"""Characters shown of an answer that is none of ours."""

Parameters = list[tuple[str, str | int | float | bool | None]]


class Asked(msgspec.Struct, frozen=True):
    """A question as `/api/v2/explain` takes it; equal ones are asked once."""

    parameters: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, question: Question, *, secure: bool = False) -> "Asked":
        """`secure`: the URL began with https, which may tell the entry point."""
        query = f"?{question.query}" if question.query else ""
        url = f"http{'s' if secure else ''}://{question.host}{question.path}{query}"
        parameters = [("method", question.method), ("url", url)]
        parameters += [("header", f"{name}: {value}") for name, value in question.headers]
        if question.entry_point:
            parameters.append(("entryPoint", question.entry_point))
        return cls(tuple(parameters))


def ask_live(server: str, asked: Sequence[Asked]) -> list[Decision]:
    """A decision for each, in order. Raises AskError."""
    known: dict[Asked, Decision] = {}
    try:
        with httpx2.Client(timeout=_SECONDS, trust_env=False) as client:
            for one in asked:
                if one not in known:
                    known[one] = _answer(client, server.rstrip("/"), one)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        remedy = "is it running, and is the API switched on (--api) at this address?"
        raise AskError(f"{server}: {str(error).rstrip('.') or type(error).__name__}; {remedy}") from error
    return [known[one] for one in asked]


def _answer(client: httpx2.Client, server: str, one: Asked) -> Decision:
    parameters: Parameters = list(one.parameters)
    response = client.get(f"{server}/api/v2/explain", params=parameters)
    if response.status_code != 200:
        raise AskError(f"{server} answered {response.status_code}: {_said(response)}")
    try:
        return msgspec.json.decode(response.content, type=Decision)
    except msgspec.MsgspecError as error:
        raise AskError(f"{server} is no Pointsman of this version: {error}") from error


def _said(response: httpx2.Response) -> str:
    try:
        return str(msgspec.json.decode(response.content)["message"])
    except (msgspec.MsgspecError, KeyError, TypeError):
        pass
    text = response.text.strip()[:_BODY]
    if response.status_code == 404:
        return f"{text or 'nothing'}; is the API switched on (--api) at this address?"
    return f"{text or 'nothing'}; does the entry point ask for a password?" if response.status_code == 401 else text
