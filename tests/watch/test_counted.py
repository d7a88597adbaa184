"""What rules and lots decide is counted to the request, the short way and the long one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from georedirect.door.service import Service
from georedirect.door.tally import Tally
from georedirect.watch.desk import Desk
from georedirect.watch.metrics import Metrics
from tests.door.feeding import Fed
from tests.serving import snapshot_for
from tests.wire import request

if TYPE_CHECKING:
    from collections.abc import Iterator

POLICY = """\
[site]
hosts = ["www.example.com"]
default = "a"
[regions.a]
[[regions.a.mirrors]]
uri = "https://a1.example{+path}{+query}"
[[regions.a.mirrors]]
uri = "https://a2.example{+path}{+query}"
[[rules]]
name = "seen"
when = { path = "/seen/*" }
continue = "seen"
[[rules]]
name = "half"
when = { path = "/*/half" }
split = { red = 1, blue = 1 }
continue = "half"
[[rules]]
name = "closed"
when = { prefix = "/closed" }
status = 404
"""


def samples(tally: Tally) -> dict[str, dict[tuple[str, ...], float]]:
    """Values by metric and by the values of its labels, in alphabetical order of the labels."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in Metrics(Desk(snapshot_for(POLICY), tally=tally)).collect():
        for sample in family.samples:
            labels = tuple(value for _, value in sorted(sample.labels.items()))
            found.setdefault(sample.name.removeprefix("georedirect_"), {})[labels] = sample.value
    return found


def targets() -> Iterator[tuple[str, str]]:
    for number in range(100):
        yield "/seen/x", f"10.{number}.0.1"
        yield "/seen/half", f"10.{number}.0.1"
        yield "/closed/x", f"10.{number}.0.1"
        yield "/x", f"10.{number}.0.1"


def test_counts_equal_what_was_asked_and_what_was_answered() -> None:
    tally = Tally(2)
    sent: Counter[str] = Counter()
    for worker, method in ((0, "GET"), (1, "POST")):
        service = Service(snapshot_for(POLICY), row=tally.row(worker))
        for target, peer in targets():
            fed = Fed(service, peer)
            fed.feed(request(target, method=method))
            sent[fed.answers.partition(b"Location: https://")[2].partition(b".")[0].decode()] += 1
    found = samples(tally)
    assert found["mirror_requests_total"] == {
        (f"https://{name}.example", "a", "www.example.com"): sent[name] for name in ("a1", "a2")
    }
    assert sent[""] == 200  # closed
    assert found["tag_requests_total"] == {("www.example.com", "seen"): 400, ("www.example.com", "half"): 200}
    rules = found["rule_requests_total"]
    assert rules["rule", "closed", "www.example.com", ""] == 200
    drawn = {variant: count for (_, rule, _, variant), count in rules.items() if rule == "half"}
    assert drawn.keys() == {"red", "blue"}
    assert sum(drawn.values()) == 200
    assert found["uncounted_requests_total"] == {(): 0}


def test_of_several_experiments_each_is_counted() -> None:
    rules = "".join(
        f'[[rules]]\nname = "{name}"\nsplit = {{ {name}1 = 1, {name}2 = 1 }}\ncontinue = "{name}"\n' for name in "ab"
    )
    tally = Tally()
    service = Service(
        snapshot_for(POLICY.split("[[rules]]", maxsplit=1)[0] + rules + "[[rules]]\nstay = true\n"), row=tally.row(0)
    )
    for number in range(100):
        Fed(service, f"10.{number}.0.1").feed(request("/x"))
    found = samples(tally)["rule_requests_total"]
    each: Counter[str] = Counter()
    for (_, rule, _, variant), count in found.items():
        assert variant.startswith(rule) or (rule, variant) == ("rule 3", "")
        each[rule] += int(count)
    assert each == {"a": 100, "b": 100, "rule 3": 100}
    assert len(found) == 5


def test_every_answer_is_counted_by_status_site_region_and_reason() -> None:
    tally = Tally()
    service = Service(snapshot_for(POLICY), row=tally.row(0))
    for target in ("/x", "/x", "/closed/x", "no-target"):
        Fed(service).feed(request(target))
    Fed(service).feed(request("/x", host="www.example.net"))
    assert samples(tally)["requests_total"] == {
        ("unknown-place", "a", "www.example.com", "307"): 2,
        ("rule", "", "www.example.com", "404"): 1,
        ("bad-request", "", "", "400"): 1,
        ("unknown-host", "", "", "421"): 1,
    }
