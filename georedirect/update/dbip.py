"""DB-IP's free country database: one file a month, no account, no check sum. Knows no other provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from georedirect.update.offer import Offer

if TYPE_CHECKING:
    from georedirect.update.courier import Courier


@dataclass(frozen=True, slots=True)
class DbIp:
    base: str
    name: str = "dbip"
    downloads_a_day: int = 24

    async def offers(self, courier: Courier) -> list[Offer]:  # noqa: ARG002  there is nobody to ask first
        return [Offer(f"{self.base}/dbip-country-lite-{month}.mmdb.gz") for month in months(datetime.now(UTC).date())]


def months(today: date) -> tuple[str, str]:
    """The month of that day, and the last one: a month's file comes out some time after the month has begun."""
    last = today.replace(day=1) - timedelta(days=1)
    return f"{today:%Y-%m}", f"{last:%Y-%m}"
