"""Brings what a source has onto the disk, beside the database that it is to replace. Replaces nothing."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from georedirect.errors import UpdateCause, UpdateError
from georedirect.update.choose import LocalFile
from georedirect.update.courier import Courier, MissingError, shown
from georedirect.update.errand import Standing
from georedirect.update.patience import TryAgainError, persist
from georedirect.update.place import stray, told_of_disk
from georedirect.update.unpack import unpack

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from pathlib import Path

    from georedirect.update.courier import Received
    from georedirect.update.errand import Errand
    from georedirect.update.offer import Digest, Digests, Offer, Source

_Result = TypeVar("_Result")


class Workbench(NamedTuple):
    """Two files of our own: what comes, as it comes, and the database in it."""

    fetched: Path
    staged: Path


class Delivery(NamedTuple):
    """A database that lies staged; `received` is None where it came from a local file."""

    url: str
    received: Received | None
    content: Digests


@contextmanager
def workbench(errand: Errand) -> Iterator[Workbench]:
    with ExitStack() as stack:
        with told_of_disk(errand.shelf):
            bench = Workbench(*(stack.enter_context(stray(errand.shelf)) for _ in range(2)))
        yield bench


async def look(errand: Errand, source: Source) -> Standing:
    """Whether there is anything newer, as far as can be said without a download."""

    async def look_at(offer: Offer) -> Standing:
        standing = errand.standing(offer)
        validators = errand.validators(offer)
        if standing is Standing.NOT_KNOWN and errand.present is None:
            standing = Standing.NEWER
        if standing is Standing.NOT_KNOWN and validators:
            is_known = await courier.is_known_by(offer, validators)
            standing = Standing.UNCHANGED if is_known else Standing.NEWER
        _tell_standing(errand, offer, standing)
        return standing

    async with Courier(errand.limits, errand.tell) as courier:
        return await _first_there_is(errand, await source.offers(courier), look_at)


async def fetch(errand: Errand, bench: Workbench) -> Delivery | None:
    """The newest that the source has, staged; None where that is known already."""
    source = errand.wish.source
    if isinstance(source, LocalFile):
        source.expect_readable()
        with told_of_disk(errand.shelf):
            content = unpack(source.path, bench.staged, errand.limits.most_octets, source.name, UpdateCause.INPUT)
        errand.tell.step("unpack", "done", sha256=content.sha256)
        return Delivery("", None, content)

    async def fetch_one(offer: Offer) -> Delivery | None:
        standing = errand.standing(offer)
        _tell_standing(errand, offer, standing)
        return None if standing is Standing.UNCHANGED else await _fetch(errand, courier, offer, bench)

    async with Courier(errand.limits, errand.tell) as courier:
        return await _first_there_is(errand, await source.offers(courier), fetch_one)


async def _first_there_is(
    errand: Errand, offers: Sequence[Offer], act: Callable[[Offer], Awaitable[_Result]]
) -> _Result:
    for offer in offers[:-1]:
        try:
            return await act(offer)
        except MissingError as error:
            errand.tell.step("look", "missing", why=str(error))
    return await act(offers[-1])


def _tell_standing(errand: Errand, offer: Offer, standing: Standing) -> None:
    known = errand.promised(offer) or errand.state.content  # the latter is what a conditional request asks of
    why = errand.why_unchanged(known) if standing is Standing.UNCHANGED else {}
    errand.tell.step("look", standing, url=shown(offer.url), **why)


async def _fetch(errand: Errand, courier: Courier, offer: Offer, bench: Workbench) -> Delivery | None:
    validators, name = errand.validators(offer), shown(offer.url)

    async def attempt() -> Delivery | None:
        if not validators:  # else there may be nothing to download
            errand.expect_budget()
        with told_of_disk(errand.shelf), bench.fetched.open("wb") as file:  # the network's errors are told otherwise
            received = await courier.download_once(offer, file, validators, errand.begin_download)
        if received is None:
            errand.tell.step("fetch", "unchanged", url=name, **errand.why_unchanged(errand.state.content))
            return None
        errand.tell.step("fetch", "done", octets=bench.fetched.stat().st_size)
        _expect(offer.of_download, received.digests, name)
        with told_of_disk(errand.shelf):
            content = unpack(bench.fetched, bench.staged, courier.limits.most_octets, name)
        _expect(offer.of_content, content, name)
        errand.tell.step("unpack", "done", sha256=content.sha256)
        return Delivery(offer.url, received, content)

    return await persist(_within_reason(attempt), courier.limits, courier.tell)


def _within_reason(attempt: Callable[[], Awaitable[_Result]]) -> Callable[[], Awaitable[_Result]]:
    """What is not what was promised is fetched once more at most; why an attempt failed outweighs an empty budget."""
    before: list[TryAgainError] = []

    async def attempt_again() -> _Result:
        try:
            return await attempt()
        except TryAgainError as error:
            if error.cause is UpdateCause.DAMAGED and error.cause in {other.cause for other in before}:
                raise UpdateError(error.cause, str(error)) from error
            before.append(error)
            raise
        except UpdateError as error:
            if error.cause is UpdateCause.BUDGET and before:
                raise UpdateError(before[-1].cause, f"{before[-1]}; not tried again: {error}") from before[-1]
            raise

    return attempt_again


def _expect(promised: Digest | None, digests: Digests, name: str) -> None:
    if promised is not None and not digests.keep(promised):
        text = f"{name} is not what was promised: its {promised.algorithm} digest is another one"
        raise TryAgainError(text, cause=UpdateCause.DAMAGED)
