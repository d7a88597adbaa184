from typing import Self

class Pen:
    until: float
    def __new__(
        cls,
        lines: list[bytes],
        requests: dict[bytes, bytes],
        agents: dict[bytes, bytes],
        header: bytes,
        most_of_target: int,
        begins_with_client: bool,
    ) -> Self: ...
    @property
    def header(self) -> bytes: ...
    @header.setter
    def header(self, header: bytes) -> None: ...
    @property
    def moment(self) -> bytes: ...
    @moment.setter
    def moment(self, moment: bytes) -> None: ...
    def jot(self, who: bytes, host: bytes, target: bytes, told: bytes, head: bytes, /) -> int: ...
