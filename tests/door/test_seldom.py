from __future__ import annotations

from georedirect.door.seldom import SECONDS, Seldom


def test_each_kind_is_said_once_a_minute_with_how_many_were_left_unsaid() -> None:
    said: list[str] = []
    now = 100.0
    seldom = Seldom(said.append, lambda: now)
    for _ in range(1000):
        seldom.say("a", "one")
    seldom.say("b", "other")
    assert said == ["one", "other"]
    now += SECONDS - 0.1
    seldom.say("a", "one")
    assert said == ["one", "other"]
    now += 0.2
    seldom.say("a", "one again")
    seldom.say("b", "other again")
    assert said[2:] == ["one again (and 1000 more such since the last line)", "other again"]
