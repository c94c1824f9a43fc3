"""The same calls and lists with few rows and with a million, on the second engine: `make scale`.

Prints for each call its requests and units, and how long it took, a median of three, at both sizes; ends with status 1
where the requests differ. Units may differ by what the calls themselves leave: the NFT that acted is longer and has
more scans. `ARGS` may give another number of rows. The times are the engine's, which compares a query of an index with
every row of a partition, and say nothing about DynamoDB.
"""

import logging
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter

from tests.budgets.calls import COLLECTION, Warm, fresh_key, kept_warm
from tests.budgets.crowds import originals, write_copies
from tests.budgets.filling import fill
from tests.budgets.lists import Lists
from tests.budgets.metering import metered
from tests.platform import Answer, Platform

_FEW, _MANY = 100, 1_000_000  # of each kind of row; of all together
_TIMES = 3


@dataclass(frozen=True)
class Figures:
    """What a call asks DynamoDB for and what that costs, and its median in milliseconds."""

    operations: tuple[str, ...]
    read_units: float
    write_units: int
    milliseconds: float

    @property
    def cost(self) -> str:
        """Everything but the time."""
        return f"{', '.join(self.operations)} | {self.read_units:g} | {self.write_units}"


def measured(platform: Platform, calls: Mapping[str, Callable[[int], Answer]]) -> dict[str, Figures]:
    """The figures of each call."""
    figures = {}
    for name, call in calls.items():
        assert call(0).status == 200, name  # the function may have forgotten the rules while others were called
        with metered(weigh=True) as bill:
            assert call(1).status == 200, name
        seconds = []
        for number in range(2, _TIMES + 2):
            started = perf_counter()
            assert call(number).status == 200, name
            seconds.append(perf_counter() - started)
        milliseconds = median(seconds) * 1000
        figures[name] = Figures(tuple(bill.operations), bill.read_units, bill.write_units, milliseconds)
    platform.drain()
    return figures


def _calls(warm: Warm, lists: Lists, size: str) -> dict[str, Callable[[int], Answer]]:
    partner = warm.partner
    page = {"origin": partner.origin, "contract_id": COLLECTION, "limit": 50}
    for number in range(_TIMES + 2):
        partner.announce(f"{size}-claims-{number}")
    return {
        "getNftByTokenId": lambda _: partner.get("getNftByTokenId", contract_id=COLLECTION, tokenId=warm.minted),
        "newActionForUser by uid": lambda _: partner.act("ada", headers=fresh_key()),
        "newActionForUser by e-mail": lambda _: partner.act(guest={"email": "bob@example.com"}, headers=fresh_key()),
        "newUserForPartner, the same again": lambda _: partner.announce("bob"),
        "mintTokenForUser": lambda number: partner.mint(f"{size}-claims-{number}", headers=fresh_key()),
        "getAllInteractions, a page": lambda _: partner.get("getAllInteractions", **page),
        "getAllInteractionScansForToken, a page": lambda _: partner.get(
            "getAllInteractionScansForToken", tokenId=warm.minted, **page
        ),
        **{name: partial(_ignoring, call) for name, call in lists.calls().items()},
    }


def _ignoring(call: Callable[[], Answer], _: int) -> Answer:
    return call()


def main() -> int:
    """Prints both measurements side by side."""
    if "AWS_ENDPOINT_URL" not in os.environ:
        print("bench.scale: AWS_ENDPOINT_URL must name an engine", file=sys.stderr)
        return 1
    size = int(sys.argv[1]) if len(sys.argv) > 1 else _MANY
    from local.engine import start_engine

    start_engine()
    os.environ.setdefault("SPACEGARDEN_PUBLIC_URL", "http://spacegarden.test")
    from tests.platform import start_platform

    platform = start_platform()
    logging.disable()
    warm, lists = Warm(platform.new_partner()), Lists(platform)
    template = warm.partner.announce("filling").json["tokenId"]
    rows = originals(lists.origin)
    each = size // (len(rows) + 1)
    with kept_warm():
        fill(warm.partner, _FEW, template=template)
        write_copies(rows, range(_FEW))
        few = measured(platform, _calls(warm, lists, "few"))
        fill(warm.partner, each, template=template)
        write_copies(rows, range(_FEW, each))
        many = measured(platform, _calls(warm, lists, "many"))
    print(f"{len(rows) + 1} kinds of rows, {_FEW} of each, and {each:,} of each.\n")
    print(f"| call | requests | read units | write units | ms | ms with {size:,} rows |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, before in few.items():
        after = many[name]
        print(f"| {name} | {before.cost} | {before.milliseconds:.1f} | {after.milliseconds:.1f} |")
        if after.cost != before.cost:
            print(f"| the same with {size:,} rows | {after.cost} | | |")
    return 0 if all(many[name].operations == before.operations for name, before in few.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
