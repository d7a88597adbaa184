"""What a soak makes of the door's log, and of the refusals that the door has counted."""

from __future__ import annotations

import pytest

from georedirect.journal.server_log import BURST
from scripts.soaking import judge_log

REFUSED = "2026-01-01 00:00:00,000 ERROR georedirect: not loaded, what was loaded before goes on being served: no"
LOADED = "2026-01-01 00:00:00,000 INFO georedirect: loaded again in 0.10 s and served by all workers"
LEFT_OUT = " (8 more such lines were left out)"


def test_a_log_that_has_left_lines_out_is_no_reason_to_complain() -> None:
    lines = [*[LOADED, REFUSED] * BURST, LOADED + LEFT_OUT, REFUSED + LEFT_OUT, REFUSED + LEFT_OUT]
    assert judge_log("\n".join(lines), 28, 28, is_patient=False) == []


@pytest.mark.parametrize(
    ("bad_files", "refused", "lines", "is_patient", "complaints"),
    [
        (0, 0, 0, False, []),
        (3, 3, 3, False, []),
        (3, 3, 1, False, []),
        (3, 2, 2, True, []),
        (3, 2, 3, True, []),  # the third came after refusals were counted
        (3, 2, 2, False, ["3 bad files, but 2 refusals"]),
        (3, 4, 3, False, ["3 bad files, but 4 refusals"]),
        (3, 4, 3, True, ["3 bad files, but 4 refusals"]),
        (3, 0, 0, True, ["3 bad files, but 0 refusals"]),
        (3, 3, 0, False, ["3 refusals of 3 bad files, but 0 lines that say so"]),
        (3, 3, 4, False, ["3 refusals of 3 bad files, but 4 lines that say so"]),
    ],
)
def test_each_bad_file_is_refused_and_some_line_says_so(
    bad_files: int, refused: int, lines: int, is_patient: bool, complaints: list[str]
) -> None:
    assert judge_log("\n".join([REFUSED] * lines), bad_files, refused, is_patient=is_patient) == complaints


def test_any_other_line_is_a_complaint() -> None:
    other = "2026-01-01 00:00:00,000 ERROR georedirect: worker 1 died"
    assert judge_log(f"{LOADED}\n{other}{LEFT_OUT}", 0, 0, is_patient=False) == [f"the log says: {other}{LEFT_OUT}"]
