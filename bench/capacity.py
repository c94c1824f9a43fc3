"""What each call costs in DynamoDB's units, computed from the rows it really writes: `python -m bench.capacity`.

Prints the table of docs/performance.md, which a test compares with it. With words, such as `python -m bench.capacity
newAction`, it accounts for the calls whose names have one of them: each request, row and entry of an index.
"""

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence

from tests.budgets.calls import kept_warm
from tests.budgets.metering import Bill, metered, read_units, size_of
from tests.budgets.surfaces import SURFACES
from tests.platform import Platform
from tests.receivers import Receiver

HEAD = (
    "| call | levels | requests | items in its transaction | read units | write units |",
    "| --- | --- | --- | --- | --- | --- |",
)


def table(platform: Platform) -> list[str]:
    """The lines of the table."""
    return [*HEAD, *(_line(name, bill) for name, bill in _bills(platform))]


def accounts(platform: Platform, words: Sequence[str]) -> Iterator[str]:
    """The lines that account for the calls whose names have one of the words."""
    for name, bill in _bills(platform):
        if any(word in name for word in words):
            yield f"{name}: {bill.read_units:g} read units, {bill.write_units} write units"
            yield from _account(bill)


def _bills(platform: Platform) -> list[tuple[str, Bill]]:
    with kept_warm():
        bills = [
            (name, _bill_of(call))
            for surface in SURFACES.values()  # one after another: saving a rule forgets all cached ones
            for name, (_, call) in surface(platform).calls().items()
        ]
        return [*bills, *_of_workers(platform)]


def _account(bill: Bill) -> Iterator[str]:
    for request in bill.of("dynamodb"):
        reads = f", {read_units(request):g} read units" if not request.writes else ""
        yield f"  {request.operation}, level {request.level}{reads}"
        for write in request.writes:
            parts = ", ".join(f"{name} {units}" for name, units in write.units.items())
            where = f"{write.table.rpartition('-')[2]} {write.key['pk']['S']} / {write.key['sk']['S']}"
            sizes = f"{size_of(write.before)} to {size_of(write.after)} bytes"
            yield f"    {write.operation} {where}, {sizes}: {parts}"


def _of_workers(platform: Platform) -> Iterator[tuple[str, Bill]]:
    """The workers from message to end, for one NFT of a partner with one endpoint, whose rows are cached by then."""
    with Receiver() as receiver:
        partner = platform.new_partner()
        endpoint = partner.add_endpoint(receiver.url, event_types=["newBcNftMint"])["id"]
        partner.save_interaction()
        partner.announce()
        partner.announce("bob")
        partner.mint()
        platform.drain()
        partner.mint("bob")
        yield "worker: a mint, its webhook included", _bill_of(platform.drain)
        partner.act()
        yield "worker: a URI update that no endpoint asks for", _bill_of(platform.drain)
        path = f"/webhooks/endpoints/{endpoint}/test"
        platform.call("POST", path, key=partner.key, body={"event_type": "newBcNftMint"})
        yield "worker: a webhook, delivered at once, and counted", _bill_of(platform.drain)


def _bill_of(call: Callable[[], object]) -> Bill:
    with metered(weigh=True) as bill:
        call()
    return bill


def _line(name: str, bill: Bill) -> str:
    requests, reads = len(bill.of("dynamodb")), f"{bill.read_units:g}"
    return f"| {name} | {bill.levels} | {requests} | {bill.most_items or ''} | {reads} | {bill.write_units} |"


def main() -> None:
    """Prints the table, on the embedded engine or the one that AWS_ENDPOINT_URL names."""
    from local.engine import start_engine

    start_engine()
    os.environ.setdefault("SPACEGARDEN_PUBLIC_URL", "http://spacegarden.test")
    from tests.platform import start_platform

    platform = start_platform()
    logging.disable()
    words = sys.argv[1:]
    print("\n".join(accounts(platform, words) if words else table(platform)))


if __name__ == "__main__":
    main()
