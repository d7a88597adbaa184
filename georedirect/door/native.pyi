from typing import Self, TypeAlias

class Glossary:
    def learn(self, value: bytes, told: bytes, /) -> None: ...

Wanted: TypeAlias = tuple[bytes, tuple[bytes, ...], tuple[bytes, ...], Glossary | None, bytes]

class Scanner:
    def __new__(cls, wanted: tuple[Wanted, ...], most_octets: int, most_of_target: int, most_headers: int) -> Self: ...
    def scan(self, data: bytes, /) -> tuple[bytes, dict[bytes, bytes]] | None: ...
