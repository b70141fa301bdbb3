"""Server addresses as users write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.compiler.server_urls import ServerUrl, parse_server_url


@pytest.mark.parametrize(
    ("text", "scheme", "host", "address"),
    [
        ("http://a", "http", "a", "a:80"),
        ("https://a", "https", "a", "a:443"),
        ("h2c://a", "h2c", "a", "a:80"),
        ("HTTP://A:8080/x?y#z", "http", "A:8080", "A:8080"),
        ("http://[::1]:80", "http", "[::1]:80", "[::1]:80"),
        ("http://[fe80::1%25eth0]", "http", "[fe80::1%25eth0]", "[fe80::1%25eth0]:80"),
        ("http://u:p@a", "http", "a", "a:80"),
        ("http://a:", "http", "a", "a:80"),
        ("http://a_b.c-d", "http", "a_b.c-d", "a_b.c-d:80"),
    ],
)
def test_addresses(text: str, scheme: str, host: str, address: str) -> None:
    found = parse_server_url(text)
    assert isinstance(found, ServerUrl)
    assert (found.scheme, found.host, found.address) == (scheme, host, address)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no URL"),
        ("a:80", "no URL"),
        ("10.0.0.1:80", "no URL"),
        ("//a", "no URL"),
        ("ws://a", "scheme `ws`"),
        ("unix:///run/x", "scheme `unix`"),
        ("http://", "no usable host"),
        ("http://:80", "no usable host"),
        ("http://a b", "no usable host"),
        ("http://a\r\nx", "no usable host"),
        ("http://::1", "no usable host"),
        ("http://a:b", "no usable host"),
        ("http://a:0", "port"),
        ("http://a:65536", "port"),
        ("http://a:" + "9" * 5000, "port"),
    ],
)
def test_what_is_no_address(text: str, message: str) -> None:
    found = parse_server_url(text)
    assert isinstance(found, str)
    assert message in found


@given(st.text() | st.text().map("http://{}".format))
def test_no_text_makes_the_parser_fail(text: str) -> None:
    found = parse_server_url(text)
    if isinstance(found, ServerUrl):
        assert found.address.rpartition(":")[2].isdigit()
        assert not any(char.isspace() for char in found.host)
