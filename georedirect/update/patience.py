"""When something is tried again, and after how long. Does not know what it tries."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, stop_any, stop_before_delay
from tenacity.wait import wait_exponential, wait_random

from georedirect.errors import UpdateCause, UpdateError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tenacity import RetryCallState

    from georedirect.update.steps import Tell
    from georedirect.update.world import Limits

_Result = TypeVar("_Result")


class TryAgainError(UpdateError):
    """What may well succeed when it is tried again; `retry_after` is in seconds, where the source says so."""

    def __init__(self, text: str, retry_after: float = 0, cause: UpdateCause = UpdateCause.LATER) -> None:
        super().__init__(cause, text)
        self.retry_after = retry_after


async def persist(attempt: Callable[[], Awaitable[_Result]], limits: Limits, tell: Tell) -> _Result:
    """The result of the first attempt that does not raise TryAgainError; else the error of the last."""
    is_enough = stop_any(stop_after_attempt(limits.attempts), stop_before_delay(limits.all_seconds))
    first, most = limits.first_wait_seconds, limits.most_wait_seconds
    back_off = wait_exponential(multiplier=first, max=most) + wait_random(0, first)

    def asked_to_wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        return error.retry_after if isinstance(error, TryAgainError) else 0

    def tell_wait(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        tell.step("wait", "again", why=str(error), seconds=round(state.upcoming_sleep, 1))

    retrying = AsyncRetrying(
        retry=retry_if_exception_type(TryAgainError),
        wait=lambda state: max(asked_to_wait(state), back_off(state)),
        stop=lambda state: is_enough(state) or asked_to_wait(state) > limits.most_wait_seconds,
        before_sleep=tell_wait,
        reraise=True,
    )
    return await retrying(attempt)
