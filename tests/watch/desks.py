"""A desk at which there is something to say of each kind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from georedirect.door.census import Census
from georedirect.door.certificates import Certificate
from georedirect.door.counting import Counted, Counts
from georedirect.door.history import Attempt, Cause, History, Outcome
from georedirect.door.pairs import examine
from georedirect.door.snapshot import load_snapshot
from georedirect.door.tally import Tally
from georedirect.guess import Reason
from georedirect.health.board import HealthBoard
from georedirect.health.verdict import Verdict
from georedirect.policy.data_model import NamedFile
from georedirect.policy.mirror_model import Check
from georedirect.watch.desk import Desk
from tests.certificates import chain_of, issue
from tests.health.checked import with_checks


def full_desk() -> Desk:
    """With a mirror that has been asked, a reload that was refused, and all that is counted."""
    check, board = Check("http://mirror.example/"), HealthBoard()
    board.write({check: Verdict(word="200", seconds=0.1)})
    refused = Attempt(Outcome.REFUSED, 1_700_000_000.0, 1.5, Cause.POLICY, "site.toml:1: is no policy")
    issued = issue("www.example.com")
    pair = examine(chain_of(issued), issued.private_key_pem.bytes())
    certificate = Certificate("www.pem", pair, NamedFile(PurePath("www.pem"), "site.toml", 1, "certificate"))
    return Desk(
        replace(with_checks(load_snapshot([]), {"global": [check]}), certificates=(certificate,)),
        history=History(loaded=1_600_000_000.0).after(refused, 1),
        health=board,
        tally=full_tally(),
    )


def full_tally() -> Tally:
    tally = Tally(2)
    counted(tally, Counted("307", "site", Reason.FALLBACK, "region", "mirror", "rule", "", "tag", "DE"))
    counted(tally, Counted("400", "", "bad-request"))
    Counts(tally.row(0)).time(0.001)
    Census(tally.supervisor(), ["worker 1", "worker 2", "admin", "checks"]).bury("worker 1")
    return tally


def counted(tally: Tally, *answers: Counted, worker: int = 0, times: int = 1) -> None:
    """Count these as that worker would."""
    row = tally.row(worker)
    for answer in answers:
        row.cells[row.cell_of(answer.key)] += times
