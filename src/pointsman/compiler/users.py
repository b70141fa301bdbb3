"""User lines of basic and digest authentication."""

import re
from collections.abc import Iterable

from pointsman.compiler.conditions import ReadLines
from pointsman.compiler.report import Report

_HASH = re.compile(
    r"\{SHA\}[A-Za-z0-9+/]{27}=|\$2[abxy]\$[0-9]{2}\$[./A-Za-z0-9]{53}|\$(?!2[abxy]\$)[^$]*\$[^$]*\$[./A-Za-z0-9]{22}"
)
"""SHA-1, bcrypt, and MD5 in its variants."""
_LINES = {2: "`name:hash`", 3: "`name:realm:HA1`"}


class BrokenUsers(Exception):
    """Why nobody can be checked; told already. Never holds a line."""


class UserList:
    """Where the users of one kind of authentication stand: `auth.basic`, `auth.digest` or `basicAuth`."""

    def __init__(self, key: str, fields: int, read_lines: ReadLines, report: Report) -> None:
        self._key = key
        self._fields = fields
        self._read_lines = read_lines
        self._report = report

    def users(self, lines: Iterable[str], file: str) -> tuple[str, ...]:
        """One line per user; the file's win over the list's, later ones over earlier ones. Raises BrokenUsers."""
        found: dict[str, str] = {}
        for number, line in enumerate(lines, 1):
            self._take(line, f"entry {number}", found)
        if file:
            read = self._read_lines(file)
            if isinstance(read, str):
                self._broken("usersFile", read, file, "correct the path or the file")
            for number, line in enumerate(read, 1):
                self._take(line, f"user {number} of the file", found)
        if not found:
            self._report.warning(self._key, "there is no user: nobody may pass", remedy="add users")
        return tuple(found.values())

    def _take(self, line: str, place: str, found: dict[str, str]) -> None:
        """compat(1.7): a line with more or fewer colons breaks the list."""
        parts = line.split(":")
        if len(parts) != self._fields:
            remedy = f"write {_LINES[self._fields]}, as htpasswd and htdigest do"
            self._broken("users", f"{place} is no user line", "", remedy)
        if not _is_text(line):
            self._broken("users", f"{place} is not Unicode", "", "write it in UTF-8")
        if self._fields == 2 and not _HASH.fullmatch(parts[1]):
            message = f"the hash of user {parts[0]} is of no known kind: this user cannot pass"
            self._report.warning(f"{self._key}.users", message, remedy="make the line with `htpasswd -B`")
        if self._fields == 3 and parts[1] != "traefik":
            message = f"the realm of user {parts[0]} is not `traefik`: this user cannot pass"
            self._report.warning(
                f"{self._key}.users", message, remedy="make the line with `htdigest FILE traefik NAME`"
            )
        found[":".join(parts[:-1])] = line

    def _broken(self, key: str, message: str, value: str, remedy: str) -> None:
        self._report.error(f"{self._key}.{key}", f"{message}: all requests are refused", value=value, remedy=remedy)
        raise BrokenUsers


def _is_text(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True
