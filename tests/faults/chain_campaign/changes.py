"""Changes of a world's contract: asked for, worked, and reckoned with."""

from collections.abc import Mapping
from typing import Any

from chalicelib.chain import contract
from chalicelib.chain.contract_v2 import read_settings
from chalicelib.chain.domain.changes import COLLECTION, Change
from chalicelib.chain.repository import jobs as job_rows
from chalicelib.chain.repository import working
from chalicelib.chain.service.changing import enqueue_change
from chalicelib.chain.service.outbox import WORK_TOKEN, TokenReference
from chalicelib.core.transactions import Transaction
from tests.chain.world import ALIAS, World, told

_DONE, _FAILED = "changed", "change failed"
_ENDS = (_DONE, _FAILED)


def ask_for_change(world: World, number: int, change: Change) -> None:
    """Queues a change of the contract."""
    transaction = Transaction()
    collection = TokenReference(world.origin, ALIAS, COLLECTION, world.name, world.address)
    enqueue_change(transaction, collection, change, number=number, document=None)
    transaction.commit()


def open_changes(world: World) -> list[Any]:
    """The changes of the whole collection that have not ended; those of a token lie with its jobs."""
    return working.open_jobs(_pk(world))


def work_changes(world: World) -> None:
    """Works the message of the collection's changes."""
    world.send([{"task": WORK_TOKEN, "pk": _pk(world)}])


def faults_of_changes(world: World, asked: Mapping[int, Change]) -> list[str]:
    """What was told of the changes and is not so: each ends once, and the contract has what the last ones brought."""
    faults, last = [], {}
    for number, change in sorted(asked.items()):
        of_changes = [each for each in told(world.address, change.concerns) if each["kind"] in _ENDS]
        kinds = [each["kind"] for each in of_changes if each["number"] == number]
        if len(kinds) != 1:
            faults.append(f"the change {number} was told {kinds}")
        elif kinds == [_DONE]:
            last["lock" if change.token_id else change.kind, change.token_id] = change
    found = read_settings(world.raw, world.address)
    for (kind, token_id), change in last.items():
        if kind == "royalties":
            is_so = found is not None and found[1:3] == (change.royalty_receiver, change.royalty_basis_points)
        elif kind == "metadata":
            is_so = found is not None and found.contract_uri == change.contract_uri
        else:
            is_so = _is_locked(world, int(token_id or 0)) is (change.kind == "lock")
        if not is_so:
            faults.append(f"{change} was told, and the contract has {found}")
    return faults


def _is_locked(world: World, token_id: int) -> bool:
    (locked,) = contract.ask(world.raw, world.address, "locked(uint256)", ["bool"], token_id)
    return bool(locked)


def _pk(world: World) -> str:
    return job_rows.job_pk(world.origin, ALIAS, COLLECTION)
