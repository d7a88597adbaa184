from collections.abc import Mapping
from typing import Self

from georedirect.door.finishing import Prepared
from georedirect.door.jotting import Jot

class Finisher:
    def __new__(cls, cells: memoryview, open_: list[bytes], closing: list[bytes], jot: Jot) -> Self: ...
    def finish(
        self,
        prepared: Prepared,
        target: bytes,
        closes: bool,
        who: bytes,
        host: bytes,
        head: bytes,
        fields: Mapping[bytes, bytes],
        /,
    ) -> bytes | None: ...
