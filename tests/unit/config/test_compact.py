"""Entry points in the syntax of flags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.config.compact import OPTIONS, entry_point
from pointsman.config.decode import decode
from pointsman.config.flags import parse
from pointsman.config.tree import Origin
from pointsman.model.dynamic import (
    Auth,
    BasicAuth,
    CertificateFiles,
    ClientTls,
    DigestAuth,
    ForwardAuth,
    Redirect,
    WhiteList,
)
from pointsman.model.entry_points import ClientCa, EntryPoint, ForwardedHeaders, ProxyProtocol, Tls
from pointsman.model.static import Static


def point(text: str) -> EntryPoint:
    words = parse([f"--entryPoints={text}"])
    assert words.problems == ()
    static, problems = decode(words.tree, Static)
    assert problems == []
    return static.entry_points["x"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Name:x Address::80", EntryPoint(address=":80")),
        ("name:x ADDRESS:127.0.0.1:80", EntryPoint(address="127.0.0.1:80")),
        ("Name:x  Address:[::1]:80 ", EntryPoint(address="[::1]:80")),
        ("Name:x Compress:true", EntryPoint(compress=True)),
        ("Name:x Compress:ON", EntryPoint(compress=True)),
        ("Name:x Compress:enable", EntryPoint(compress=True)),
        ("Name:x Compress:off", EntryPoint()),
        ("Name:x TLS", EntryPoint(tls=Tls())),
        ("Name:x TLS:a,b", EntryPoint(tls=Tls(certificates=(CertificateFiles(cert_file="a", key_file="b"),)))),
        (
            "Name:x TLS:a,b;c,d",
            EntryPoint(
                tls=Tls(
                    certificates=(
                        CertificateFiles(cert_file="a", key_file="b"),
                        CertificateFiles(cert_file="c", key_file="d"),
                    )
                )
            ),
        ),
        (
            "Name:x TLS TLS.MinVersion:VersionTLS12 TLS.CipherSuites:A,B TLS_SniStrict:true",
            EntryPoint(tls=Tls(min_version="VersionTLS12", cipher_suites=("A", "B"), sni_strict=True)),
        ),
        (
            "Name:x TLS TLS.DefaultCertificate.Cert:c TLS.DefaultCertificate.Key:k",
            EntryPoint(tls=Tls(default_certificate=CertificateFiles(cert_file="c", key_file="k"))),
        ),
        (
            "Name:x TLS CA:a,b CA.Optional:true",
            EntryPoint(tls=Tls(client_ca=ClientCa(files=("a", "b"), optional=True))),
        ),
        ("Name:x Redirect.EntryPoint:https", EntryPoint(redirect=Redirect(entry_point="https"))),
        (
            "Name:x Redirect_Regex:^http://(.*) Redirect.Replacement:https://$1 Redirect.Permanent:true",
            EntryPoint(redirect=Redirect(regex="^http://(.*)", replacement="https://$1", permanent=True)),
        ),
        (
            "Name:x WhiteList.SourceRange:10.0.0.0/8,::1 WhiteList.UseXForwardedFor:true",
            EntryPoint(white_list=WhiteList(source_range=("10.0.0.0/8", "::1"), use_x_forwarded_for=True)),
        ),
        ("Name:x WhiteListSourceRange:10.0.0.1", EntryPoint(whitelist_source_range=("10.0.0.1",))),
        (
            "Name:x ProxyProtocol.TrustedIPs:10.0.0.1",
            EntryPoint(proxy_protocol=ProxyProtocol(trusted_ips=("10.0.0.1",))),
        ),
        ("Name:x ProxyProtocol.Insecure:true", EntryPoint(proxy_protocol=ProxyProtocol(insecure=True))),
        (
            "Name:x ForwardedHeaders.TrustedIPs:10.0.0.1",
            EntryPoint(forwarded_headers=ForwardedHeaders(trusted_ips=("10.0.0.1",))),
        ),
        ("Name:x ForwardedHeaders.Insecure:true", EntryPoint(forwarded_headers=ForwardedHeaders(insecure=True))),
        ("Name:x ForwardedHeaders.Insecure:false", EntryPoint(forwarded_headers=ForwardedHeaders())),
        (
            "Name:x Auth.Basic.Users:a:b,c:d Auth.Basic.RemoveHeader:true Auth.HeaderField:X-User",
            EntryPoint(auth=Auth(header_field="X-User", basic=BasicAuth(users=("a:b", "c:d"), remove_header=True))),
        ),
        ("Name:x Auth.Digest.Users:a:r:b", EntryPoint(auth=Auth(digest=DigestAuth(users=("a:r:b",))))),
        (
            "Name:x Auth.Forward.Address:http://a/ Auth.Forward.AuthResponseHeaders:X-A,X-B"
            " Auth.Forward.TrustForwardHeader:true",
            EntryPoint(
                auth=Auth(
                    forward=ForwardAuth(
                        address="http://a/", auth_response_headers=("X-A", "X-B"), trust_forward_header=True
                    )
                )
            ),
        ),
        (
            "Name:x Auth.Forward.Address:a Auth.Forward.TLS.Cert:c Auth.Forward.TLS.Key:k Auth.Forward.TLS.CA:ca",
            EntryPoint(auth=Auth(forward=ForwardAuth(address="a", tls=ClientTls(cert="c", key="k", ca="ca")))),
        ),
    ],
)
def test_options(text: str, expected: EntryPoint) -> None:
    assert point(text) == expected


def test_flags_replace_the_entry_points_of_the_file_and_add_up() -> None:
    static, _ = decode(parse(["--entrypoints=Name:a Address::1", "--entryPoints", "Name:b Address::2"]).tree, Static)
    assert {name: point.address for name, point in static.entry_points.items()} == {"a": ":1", "b": ":2"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Address::80", "--entryPoints: entry point: has no name; write `Name:http Address::80`"),
        ("", "--entryPoints: entry point: has no name; write `Name:http Address::80`"),
        (
            "Name:x Adress::80",
            "entry point: Adress: is not an option of an entry point and is ignored; did you mean `Address`?",
        ),
        (
            "Name:x Compress:yes",
            "entry point x: Compress: is neither true nor false, and counts as false; write `Compress:true`",
        ),
        ("Name:x Compress", "entry point x: Compress: is neither true nor false"),
        ("Name:x TLS.SniStrict:true", "entry point x: TLS.SniStrict: has no effect without `TLS`"),
        (
            "Name:x Auth.Forward.Address:a Auth.Forward.TLS.CA:c",
            "entry point x: Auth.Forward.TLS.CA: has no effect without both a certificate and a key",
        ),
    ],
)
def test_mistakes(text: str, message: str) -> None:
    problems = parse(["--entryPoints", text]).problems
    assert len(problems) == 1
    assert message in str(problems[0])


def test_passwords_are_not_shown() -> None:
    for text in (
        "Auth.Basic.Users:bob:s3cret",
        "Name:x Auth.Basic.User:bob:s3cret",
        "Name:x Auth.Forward.TLS.Key:s3cret",
    ):
        assert "s3cret" not in str(parse(["--entryPoints", text]).problems[0])


def test_the_table_leads_to_options() -> None:
    for name, path in OPTIONS.items():
        client_tls = "Auth.Forward.TLS.Cert:1 Auth.Forward.TLS.Key:1 " if "Forward.TLS" in name else ""
        words = parse([f"--entryPoints=Name:x TLS {client_tls}{name}:{'true' if path.endswith('?') else '1'}"])
        assert (words.problems, decode(words.tree, Static)[1]) == ((), []), name


@given(st.text())
def test_no_text_makes_it_fail(text: str) -> None:
    entry_point(text, Origin("--entryPoints"))
