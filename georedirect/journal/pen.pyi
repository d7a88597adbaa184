from collections.abc import Callable, Mapping
from typing import Self

class Sheet:
    def __new__(cls, most: int, room: int) -> Self: ...
    def add(self, line: bytes, /) -> bool: ...
    def take(self) -> tuple[bytes, int]: ...

class Pen:
    def __new__(
        cls,
        sheet: Sheet,
        requests: dict[bytes, bytes],
        referer: bytes,
        agent: bytes,
        unreferred: int,
        milliseconds: int,
        most_of_target: int,
        begins_with_client: bool,
        otherwise: Callable[[bytes, bytes, bytes, bytes, bytes, Mapping[bytes, bytes]], tuple[bytes, int]],
    ) -> Self: ...
    def jot(
        self, who: bytes, host: bytes, target: bytes, told: bytes, head: bytes, fields: Mapping[bytes, bytes], /
    ) -> None: ...
