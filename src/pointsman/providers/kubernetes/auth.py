"""Authentication annotations and their Secrets. Whatever is wrong here refuses requests, it never lets them through."""

from collections.abc import Callable

from pointsman.model.dynamic import Auth, BasicAuth, ClientTls, DigestAuth, ForwardAuth
from pointsman.providers.kubernetes.objects import Secret
from pointsman.providers.kubernetes.reader import Reader
from pointsman.providers.kubernetes.tls import SecretError, key_pair

REALM = "traefik"

FindSecret = Callable[[str], Secret | None]
"""Looks a Secret of the Ingress' own namespace up by name."""


class AccessError(Exception):
    """An access rule that can't be built: the annotation's name, what is wrong, the remedy."""

    def __init__(self, name: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.name = name
        self.remedy = remedy


def check_realm(reader: Reader) -> None:
    """compat(1.7): no other realm than `traefik` is accepted, whatever the auth type. Raises AccessError."""
    realm = reader.text("auth-realm")
    if realm and realm != REALM:
        raise AccessError("auth-realm", f"the realm can only be {REALM!r}", "remove the annotation")


def auth(reader: Reader, find: FindSecret) -> Auth | None:
    """The authentication asked for; None when there is none. Raises AccessError."""
    kind = reader.text("auth-type")
    if not kind:
        return None
    field = reader.text("auth-header-field")
    match kind.lower():
        case "basic":
            remove = reader.flag("auth-remove-header")
            return Auth(header_field=field, basic=BasicAuth(users=_users(reader, find), remove_header=remove))
        case "digest":
            remove = reader.flag("auth-remove-header")
            return Auth(header_field=field, digest=DigestAuth(users=_users(reader, find), remove_header=remove))
        case "forward":
            return Auth(header_field=field, forward=_forward(reader, find))
    raise AccessError("auth-type", "is not an authentication type", "use basic, digest or forward")


def _users(reader: Reader, find: FindSecret) -> tuple[str, ...]:
    name = reader.text("auth-secret")
    if not name:
        raise AccessError("auth-secret", "no Secret with the user lines is named", "name a Secret of this namespace")
    secret = find(name)
    if secret is None:
        raise AccessError("auth-secret", f"Secret {name} does not exist", "create it with one entry of user lines")
    keys = secret.keys()
    if len(keys) != 1:
        raise AccessError("auth-secret", f"Secret {name} has {len(keys)} entries", "give it exactly one")
    try:
        text = secret.get(keys[0]).decode()
    except UnicodeDecodeError:
        raise AccessError("auth-secret", f"Secret {name} is not text", "write user lines in UTF-8") from None
    lines = tuple(line for part in text.split("\n") if (line := part.removesuffix("\r")))
    if not lines:
        raise AccessError("auth-secret", f"Secret {name} holds no user line", "add lines like those of htpasswd")
    return lines


def _forward(reader: Reader, find: FindSecret) -> ForwardAuth:
    address = reader.text("auth-url")
    if not address:
        raise AccessError("auth-url", "forward authentication needs an address", "give the auth server's URL")
    return ForwardAuth(
        address=address,
        tls=_client_tls(reader, find),
        trust_forward_header=reader.flag("auth-trust-headers"),
        auth_response_headers=reader.items("auth-response-headers"),
    )


def _client_tls(reader: Reader, find: FindSecret) -> ClientTls | None:
    """compat(1.7): a non-empty `auth-tls-insecure` alone makes the block, even with the value false."""
    name = reader.text("auth-tls-secret")
    insecure = reader.flag("auth-tls-insecure")
    if name:
        secret = find(name)
        try:
            pair = key_pair(secret, name)
        except SecretError as error:
            raise AccessError("auth-tls-secret", str(error), "give it tls.crt and tls.key in PEM") from None
        if secret is not None and len(secret.keys()) != 2:
            raise AccessError("auth-tls-secret", f"Secret {name} has other entries", "keep only tls.crt and tls.key")
        return ClientTls(cert=pair.cert_file, key=pair.key_file, insecure_skip_verify=insecure)
    if not reader.text("auth-tls-insecure"):
        return None
    if not insecure:
        raise AccessError(
            "auth-tls-insecure", "TLS without a client certificate needs true", "set auth-tls-secret or true"
        )
    return ClientTls(insecure_skip_verify=True)
