"""Problems of the connection to the API server: what is not read, what holds meanwhile, what to do."""

from pointsman.model.problem import Problem, Severity
from pointsman.providers.kubernetes.client import ApiError

ORIGIN = "kubernetes"


def damaged(name: str, error: Exception) -> Problem:
    """An object that does not have the shape of its kind."""
    return Problem(
        object=name,
        origin=ORIGIN,
        message=f"cannot be read ({error}); what it said before holds, if anything",
        remedy="compare it with the API reference of its kind",
    )


def forbidden(what: str, error: ApiError, required: bool) -> Problem:
    """A kind that may not be read, or that the API server does not have."""
    if error.status == 404:
        return Problem(
            object=f"Kubernetes {what}",
            origin=ORIGIN,
            message=f"are not served by the API server{_loss(required)}",
            severity=Severity.ERROR if required else Severity.WARNING,
        )
    return Problem(
        object=f"Kubernetes {what}",
        origin=ORIGIN,
        message=f"may not be read{_loss(required)} ({error})",
        remedy="allow get, list and watch to the service account in its ClusterRole or Role",
        severity=Severity.ERROR if required else Severity.WARNING,
    )


def unwritable(what: str, loss: str, remedy: str, error: ApiError) -> Problem:
    """Something of ours that may not be written; `loss` says what happens instead."""
    return Problem(object=what, origin=ORIGIN, message=f"{loss} ({error})", remedy=remedy, severity=Severity.WARNING)


def second_choice(what: str, used: str, error: ApiError) -> Problem:
    """The best source of something may not be read, another can."""
    return Problem(
        object=f"Kubernetes {what}",
        origin=ORIGIN,
        message=f"are read from {used}, as the newer API may not be read ({error})",
        remedy="allow get, list and watch to the service account in its ClusterRole or Role",
        severity=Severity.WARNING,
    )


def outage(error: Exception, complete: bool) -> Problem:
    """The API server does not answer as it should; `complete`: it has been read once."""
    held = "the last known state holds" if complete else "nothing is served from Kubernetes yet"
    return Problem(
        object="Kubernetes API server",
        origin=ORIGIN,
        message=f"cannot be watched: {held}; trying again ({error})",
        remedy="check that the API server is up and reachable from here",
        severity=Severity.WARNING if complete else Severity.ERROR,
    )


def _loss(required: bool) -> str:
    return "; nothing is served from Kubernetes without them" if required else ": done without"
