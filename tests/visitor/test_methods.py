"""The methods that anybody may ask with are those that the parser of HTTP knows."""

from __future__ import annotations

import httptools
import pytest

from georedirect.visitor.methods import METHODS, NEVER_REDIRECTED


@pytest.mark.parametrize("method", sorted(METHODS))
def test_each_method_is_one_that_is_parsed(method: str) -> None:
    target = "a.example:443" if method == "CONNECT" else "/"
    parser = httptools.HttpRequestParser(object())
    with_body = f"{method} {target} HTTP/1.1\r\nHost: a.example\r\n"
    parser.feed_data(with_body.encode())
    assert parser.get_method() == method.encode()


def test_those_that_are_never_redirected_are_among_them() -> None:
    assert NEVER_REDIRECTED <= METHODS
