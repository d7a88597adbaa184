"""A redirect that was prepared is counted, noted and put together alike, whether that was compiled or not."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from georedirect.door import finishing
from georedirect.door.finishing import finisher
from georedirect.door.halves import Halves

if TYPE_CHECKING:
    from georedirect.door.finishing import Prepared

HEAD = b"GET %b HTTP/%b\r\nHost: www.example.com\r\n\r\n"
FIELDS = {b"host": b"www.example.com"}
TOLD = b'","version":"1.1","status":307,"of":"1.1"'


class Seen(NamedTuple):
    """What came of a request."""

    answer: bytes | None
    counts: list[int]
    noted: list[tuple[object, ...]]


IS_THERE = find_spec("georedirect.door.finisher") is not None or "CI" in os.environ
KINDS = [False, True] if IS_THERE else [False]
"""Without what was compiled, and with it."""
needs_finisher = pytest.mark.skipif(not IS_THERE, reason="finisher.c was not compiled")


def finished(prepared: Prepared, target: bytes, head: bytes, *, closes: bool, is_compiled: bool) -> Seen:
    cells, noted, halves = memoryview(bytearray(24)).cast("Q"), list[tuple[object, ...]](), Halves()
    halves.open[:], halves.closing[:] = [b" open"], [b" closes"]
    with pytest.MonkeyPatch.context() as patch:
        if not is_compiled:
            patch.setattr(finishing, "Finisher", None)
        finish = finisher(cells, halves, lambda *line: noted.append(line))
    return Seen(finish(prepared, target, closes, b"who", b"host", head, FIELDS), cells.tolist(), noted)


@pytest.mark.parametrize("is_compiled", KINDS)
def test_an_answer_is_its_halves_with_the_target_between_them_where_that_stands(is_compiled: bool) -> None:
    head = HEAD % (b"/x", b"1.1")
    seen = finished((b"to", 0, True, 2, TOLD), b"/x", head, closes=False, is_compiled=is_compiled)
    assert seen == (b"to/x open", [0, 0, 1], [(b"who", b"host", b"/x", TOLD, head, FIELDS)])
    seen = finished((b"to", 0, False, 0, b""), b"/x", head, closes=True, is_compiled=is_compiled)
    assert seen == (b"to closes", [1, 0, 0], [])


@pytest.mark.parametrize("is_compiled", KINDS)
@pytest.mark.parametrize(
    ("version", "closes", "told"), [(b"1.0", True, b"1.0"), (b"1.0", False, b"1.1"), (b"1.1", True, b"1.1")]
)
def test_an_old_version_is_told_where_the_connection_closes(
    version: bytes, closes: bool, told: bytes, is_compiled: bool
) -> None:
    head = HEAD % (b"/x", version)
    seen = finished((b"to", 0, True, 0, TOLD), b"/x", head, closes=closes, is_compiled=is_compiled)
    assert seen.noted[0][3] == TOLD.replace(b"1.1", told, 1)


@pytest.mark.parametrize("is_compiled", KINDS)
@pytest.mark.parametrize("second", [-1, -2, -3])
def test_what_is_no_answer_is_neither_counted_nor_noted(second: int, is_compiled: bool) -> None:
    prepared = (b"", second, False, 0, TOLD)
    seen = finished(prepared, b"/x", HEAD, closes=False, is_compiled=is_compiled)
    assert seen == (None, [0, 0, 0], [])


@needs_finisher
@given(
    st.tuples(st.binary(), st.sampled_from([0, -1]), st.booleans(), st.integers(0, 2), st.sampled_from([b"", TOLD])),
    st.binary(),
    st.sampled_from([b"", b"short", HEAD % (b"%b", b"1.0"), HEAD % (b"%b", b"1.1")]),
    st.booleans(),
)
def test_compiled_or_not_the_same_is_seen(prepared: Prepared, target: bytes, head: bytes, closes: bool) -> None:
    head = head.replace(b"%b", target)
    seen = [finished(prepared, target, head, closes=closes, is_compiled=is_compiled) for is_compiled in KINDS]
    assert all(each == seen[0] for each in seen)


@pytest.mark.parametrize("is_compiled", KINDS)
def test_an_error_of_whoever_notes_is_ours(is_compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not is_compiled:
        monkeypatch.setattr(finishing, "Finisher", None)
    halves = Halves()
    halves.open.append(b"")

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    finish = finisher(memoryview(bytearray(8)).cast("Q"), halves, fail)
    with pytest.raises(ZeroDivisionError):
        finish((b"", 0, False, 0, TOLD), b"/", False, b"", b"", HEAD, FIELDS)


@needs_finisher
@pytest.mark.parametrize(
    ("given", "error"),
    [
        ((), TypeError),
        (((b"", 0, False, 0), b"", False, b"", b"", b"", {}), TypeError),
        (((b"", 0, False, 0, "told"), b"", False, b"", b"", b"", {}), TypeError),
        (((b"", 0, False, 0, b""), "target", False, b"", b"", b"", {}), TypeError),
        (((b"", "0", False, 0, b""), b"", False, b"", b"", b"", {}), TypeError),
        (((b"", 1, False, 0, b""), b"", False, b"", b"", b"", {}), IndexError),
        (((b"", 0, False, 1, b""), b"", False, b"", b"", b"", {}), IndexError),
        (((b"", 0, False, -1, b""), b"", False, b"", b"", b"", {}), IndexError),
        (((b"", 0, False, 0, b""), b"", True, b"", b"", b"", {}), TypeError),
    ],
)
def test_what_is_no_part_of_a_redirect_is_an_error(given: tuple[Any, ...], error: type[Exception]) -> None:
    from georedirect.door.finisher import Finisher  # noqa: PLC0415  which need not be there

    cells, closing = memoryview(bytearray(8)).cast("Q"), ["no octets"]
    finish = Finisher(cells, [b""], closing, lambda *_: None).finish  # type: ignore[arg-type]
    with pytest.raises(error):
        finish(*given)
    assert cells[0] == 0


@needs_finisher
def test_cells_are_of_8_octets_and_can_be_written() -> None:
    from georedirect.door.finisher import Finisher  # noqa: PLC0415  which need not be there

    with pytest.raises(TypeError, match="8 octets"):
        Finisher(memoryview(bytearray(8)), [], [], lambda *_: None)
    with pytest.raises(BufferError):
        Finisher(memoryview(bytes(8)), [], [], lambda *_: None)
