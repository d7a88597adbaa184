"""Keeps what is served up to date: loads it again when its files change or somebody asks, and hands it to the workers.

What takes long, and what a damaged file could make crash, is done by a helper, a process of its own with limits. Its
word is a whole snapshot, checked, or why there is none; then what was served goes on being served.
"""

from __future__ import annotations

import logging
import pickle
import signal
from functools import partial
from math import inf
from time import monotonic, time
from typing import TYPE_CHECKING

from georedirect.door.attempting import PATIENCE_SECONDS, Try
from georedirect.door.changes import Changes, sign_all
from georedirect.door.child import Role
from georedirect.door.expiry import Expiry
from georedirect.door.history import Cause, History, Outcome
from georedirect.door.line import close_all
from georedirect.door.loader import LOADED, READING, REFUSED, Refusal, crash_in_words, run_loader
from georedirect.door.parcel import unpack
from georedirect.errors import GeoredirectError
from georedirect.geo.age import days_ago
from georedirect.geo.bundled import bundled_database
from georedirect.policy.data_model import WhenOld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from georedirect.door.changes import Signatures
    from georedirect.door.child import Child
    from georedirect.door.history import Attempt
    from georedirect.door.line import Message
    from georedirect.door.loader import Load
    from georedirect.door.snapshot import Snapshot
    from georedirect.geo.age import Age

log = logging.getLogger("georedirect")

ASK, SERVE, TAKEN, TOLD = "ask", "serve", "taken", "told"
"""Words between supervisor and children: try again; serve this; it is served; what has become of a try."""

_LOOK_SECONDS = 0.25  # how often files are looked at
_TAKE_SECONDS = 30.0  # within which a worker serves what it was handed, or is replaced by one that does
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 5.0, 300.0  # before a try that crashed is made again
_LONGEST_REST_SECONDS = 2.0
_REST_SECONDS = 0.25  # between two tries that nobody waits for: a burst of signals is one or two


class Reloads:
    """`snapshot` is what is served: children that are forked later find it there.

    `asked` is the number of the newest request for a try that wants to be told what became of it.
    """

    def __init__(self, snapshot: Snapshot, load: Load) -> None:
        self.snapshot = snapshot
        self.helper: Child | None = None
        self.history = History(loaded=time())
        self.asked = 0
        self._is_wanted = False
        self._load = load
        self._number = 0  # of what is served
        self._changes = Changes(snapshot.files)
        self._try: Try | None = None
        self._taking: dict[int, Child] = {}  # by process, those that have not said yet that they serve the newest
        self._patience = PATIENCE_SECONDS  # doubled while tries are overtaken, or changes without an end were in vain
        self._rests_until = 0.0
        self._tries_again = inf  # when, after a try that crashed: that may have had nothing to do with the files
        self._pause_seconds = _FIRST_PAUSE_SECONDS
        self._expiry = Expiry()
        self._old: tuple[Path, Age] | None = None  # the database of which it has been said that it is too old

    def part_with_snapshot(self) -> Snapshot:
        """What a child serves from its start; it is not kept here, as something else will be served later."""
        snapshot = self.snapshot
        del self.snapshot
        return snapshot

    def ask(self) -> None:
        self._is_wanted = True

    def hear(self, child: Child, message: Message) -> None:
        close_all(message.descriptors)
        if message.word == ASK:
            self.asked = int(message.body)
        elif message.word == TAKEN and message.body == str(self._number).encode():
            self._taking.pop(child.pid, None)

    @property
    def patience_seconds(self) -> float:
        return 0.0 if self._try is None and self._is_awaited() else _LOOK_SECONDS

    @property
    def is_loading(self) -> bool:
        return self._try is not None

    @property
    def complaint(self) -> str | None:
        last = self.history.last
        return last.why if last is not None and last.outcome is Outcome.REFUSED else None

    def turn(self, children: Iterable[Child], start: Callable[[Role], Child]) -> None:
        """Begin a try if one is due; see the one that is under way on."""
        self._mind_the_age()
        self._expiry.mind(self.snapshot.certificates, time())
        children = list(children)
        if self._try is None:
            has_changed = self._changes.look()
            is_due = has_changed or self._is_wanted or monotonic() > self._tries_again
            if self._is_awaited() or (is_due and monotonic() >= self._rests_until):
                self._begin(start)
        else:
            self._follow(self._try, children)

    def _mind_the_age(self) -> None:
        """Say once of each database that it has become too old. Who has named none is told at the start, if no more."""
        age, path = self.snapshot.age, self.snapshot.database.path
        is_named = path != bundled_database() or self.snapshot.configuration.database.when_old is WhenOld.DEFAULT_REGION
        if is_named and age.is_old(time()) and self._old != (path, age):
            self._old = path, age
            text = "%s was built on %s, %s, and is older than max_age_days; georedirect update brings newer data"
            log.warning(text, path, age.date, days_ago(age.days(time())))

    def _is_awaited(self) -> bool:
        """Whether somebody waits for what becomes of a try: they cannot ask again before they are told."""
        return self.asked > self.history.answered

    def _begin(self, start: Callable[[Role], Child]) -> None:
        """Have it loaded. What the files are is written down first, so that what changes meanwhile is a change."""
        self._is_wanted, self._tries_again = False, inf
        self._try = Try(self.asked, sign_all(self._changes.known), self._patience)
        try:
            self.helper = start(Role("loader", partial(run_loader, self._load, self.snapshot)))
        except GeoredirectError as error:  # the system has no more processes or files to give
            self._try.refusal = Refusal(Cause.CRASH, str(error))

    def _follow(self, current: Try, children: list[Child]) -> None:
        if self.helper is not None:
            has_ended = self.helper.has_ended()
            for message in self.helper.hear():
                self._hear_helper(current, message, children)
            if not has_ended:
                self._hurry(current, self.helper)
                return
            if not current.is_loaded and current.refusal is None:
                current.refusal = crash_in_words(self.helper.status, current.reading)
            self.helper = None
        if current.is_overtaken and not current.is_loaded:
            self._try, self._is_wanted, self._patience = None, True, 2 * self._patience
        elif not current.is_loaded:
            self._end(current, Outcome.REFUSED, children)
        elif self._have_all_taken(current, children):
            self._end(current, Outcome.SWAPPED, children)

    def _hurry(self, current: Try, helper: Child) -> None:
        """End a helper that will not end, and one that reads what is not there any more: the last state wins."""
        if current.has_hung or (not current.is_loaded and current.is_late()):
            current.is_overtaken = not current.has_hung
            helper.tell(signal.SIGKILL)

    def _hear_helper(self, current: Try, message: Message, children: list[Child]) -> None:
        if message.word == READING:
            current.see(message.body)
        elif message.word == REFUSED:
            current.refusal = Refusal.read(message.body)
        elif message.word == LOADED:
            self._serve(current, message.descriptors, children)

    def _serve(self, current: Try, parcel: tuple[int, ...], children: list[Child]) -> None:
        """Hand it to all children; who is forked from now on has it anyway."""
        try:
            self.snapshot = unpack(parcel)  # before anybody else does
        except Exception as error:
            log.exception("what was loaded has not arrived whole")
            current.refusal = Refusal(Cause.CRASH, f"what was loaded has not arrived whole: {error}")
            close_all(parcel[:1])
            return
        current.is_loaded, current.loaded = True, monotonic()
        self._number += 1
        number = str(self._number).encode()
        told = [child for child in children if child.line.say(SERVE, number, parcel)]
        self._taking = {child.pid: child for child in told if not child.role.is_dispensable}
        for child in children:
            if child not in told:
                _replace(child, "does not listen")
        close_all(parcel[:1])  # the others are the snapshot's

    def _have_all_taken(self, current: Try, children: list[Child]) -> bool:
        """Whether all serve it that live. Who does not in time is replaced by one that does."""
        alive = {child.pid for child in children if not child.is_silent}
        self._taking = {pid: child for pid, child in self._taking.items() if pid in alive}
        if self._taking and monotonic() - current.loaded > _TAKE_SECONDS:
            _, child = self._taking.popitem()
            current.loaded = monotonic()  # the others have as long again: not all at once
            _replace(child, "has not taken what there is to serve")
        return not self._taking

    def _end(self, current: Try, outcome: Outcome, children: list[Child]) -> None:
        attempt = current.attempt(outcome)
        self._try, self._patience = None, PATIENCE_SECONDS
        self._rests_until = monotonic() + max(_REST_SECONDS, min(attempt.seconds, _LONGEST_REST_SECONDS))
        self._plan_another(attempt)
        self.history = self.history.after(attempt, current.answers)
        self._changes.know(self._known_after(current, outcome))
        if outcome is Outcome.SWAPPED:
            log.info("loaded again in %.2f s and served by all workers", attempt.seconds)
        else:
            log.error("not loaded, what was loaded before goes on being served: %s", _in_one_line(attempt.why or ""))
        for child in children:
            child.line.say(TOLD, pickle.dumps(self.history))

    def _plan_another(self, attempt: Attempt) -> None:
        """Try again, later and later, for as long as tries crash."""
        if attempt.cause is Cause.CRASH:
            self._tries_again = monotonic() + self._pause_seconds
            self._pause_seconds = min(2 * self._pause_seconds, _LONGEST_PAUSE_SECONDS)
        else:
            self._pause_seconds = _FIRST_PAUSE_SECONDS

    def _known_after(self, current: Try, outcome: Outcome) -> Signatures:
        """The files to look at, and what they were when they were read.

        After a refusal that is all that was looked at before, and all that was read: mending any is worth another try.
        """
        return self.snapshot.files if outcome is Outcome.SWAPPED else current.known


def _replace(child: Child, why: str) -> None:
    log.error("%s %s, and is killed", child.role.name, why)
    child.tell(signal.SIGKILL)


def _in_one_line(why: str) -> str:
    return "; ".join(why.splitlines())
