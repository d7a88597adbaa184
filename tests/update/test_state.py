"""The state file: what is written is read again, and whatever else stands there does no harm."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from georedirect.update.courier import Received
from georedirect.update.offer import Digests
from georedirect.update.state import State, read_state, text_of

if TYPE_CHECKING:
    from pathlib import Path

DIGESTS = Digests("a" * 64, "b" * 32)
OTHERS = Digests("c" * 64, "d" * 32)
TODAY = date(2026, 11, 25)
URL = "https://a.example/b?token=c"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
KEYS = ("day", "downloads", "url", "etag", "last_modified", "fetched", "content", "withdrawn", "checked")


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    state = (
        State(withdrawn=(OTHERS, DIGESTS), checked=DIGESTS)
        .counting_one(TODAY)
        .having(URL, Received(DIGESTS, '"e"', "Wed"), OTHERS)
    )
    path = tmp_path / "state"
    path.write_bytes(text_of(state))
    assert read_state(path) == state
    assert b"token" not in text_of(state)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=st.dictionaries(st.sampled_from(KEYS), json_values))
def test_whatever_else_stands_there_does_no_harm(tmp_path: Path, found: dict[str, object]) -> None:
    path = tmp_path / "state"
    path.write_text(json.dumps(found))
    state = read_state(path)
    headers = state.validators(URL, (state.content,))
    assert all(value.isascii() and value.isprintable() for value in headers.values())
    assert state.counting_one(TODAY).begun_on(TODAY) >= 1


def test_a_file_that_is_missing_is_an_empty_state(tmp_path: Path) -> None:
    assert read_state(tmp_path / "none") == read_state(tmp_path) == State()


def test_validators_are_for_their_url_and_what_is_known() -> None:
    state = State().having(URL, Received(DIGESTS, '"e"', None), OTHERS)
    assert state.validators(URL, (OTHERS,)) == {"If-None-Match": '"e"'}
    assert state.validators(URL, (DIGESTS, None)) == {}
    assert state.validators(f"{URL}d", (OTHERS,)) == {}


def numbered(number: int) -> Digests:
    return Digests(f"{number:064}", f"{number:032}")


def test_the_last_ten_that_were_rolled_back_are_remembered_each_once(tmp_path: Path) -> None:
    state = State()
    for number in (*range(12), 5):
        state = state.withdrawing(numbered(number))
    assert state.withdrawn == tuple(numbered(number) for number in (2, 3, 4, 6, 7, 8, 9, 10, 11, 5))
    (tmp_path / "state").write_bytes(text_of(state))
    assert read_state(tmp_path / "state") == state
    assert state.letting_in(numbered(6)).withdrawn == (*state.withdrawn[:3], *state.withdrawn[4:])
    assert state.letting_in(numbered(99)) == state


def test_one_that_was_rolled_back_is_read_from_an_older_file(tmp_path: Path) -> None:
    (tmp_path / "state").write_text(json.dumps({"withdrawn": DIGESTS}))
    assert read_state(tmp_path / "state").withdrawn == (DIGESTS,)


def test_downloads_are_counted_by_the_day() -> None:
    state = State().counting_one(TODAY).counting_one(TODAY)
    assert state.begun_on(TODAY) == 2
    assert state.begun_on(date(2026, 11, 26)) == 0
    assert state.counting_one(date(2026, 11, 26)).begun_on(date(2026, 11, 26)) == 1
