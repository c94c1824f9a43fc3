"""What must be true of a partner's data once everything has come to rest, whatever happened on the way.

The rows are read raw, past the code under test; the chain is asked itself; the receiver says what it got.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.activity.models import DayRow
from chalicelib.activity.repository.acts import kept_acts
from chalicelib.chain import contract
from chalicelib.chain.addresses import keccak256
from chalicelib.chain.service.documents import read_document
from chalicelib.chain.service.nodes import node_of
from chalicelib.core import aws
from chalicelib.core.ids import digest
from chalicelib.core.settings import settings
from chalicelib.core.tables import parts
from chalicelib.gardenlab.domain import SIGNER_EVENT
from local.engine import REGION, start_engine
from local.queues.lambda_events import ACCOUNT_ID
from tests.platform import Partner
from tests.receivers import Received

Item = dict[str, Any]
_ENDED = {"delivered", "exhausted", "disabled", "canceled", "scheduled"}
_SCAN_FIELDS = ("at_micros", "xp_before", "xp_after", "level_before", "level_after", "interaction_name", "type")
_TRANSFER = "0x" + keccak256(b"Transfer(address,address,uint256)").hex()
_CONTRACT_URI_UPDATED = "0x" + keccak256(b"ContractURIUpdated()").hex()
_NOBODY = "0x" + "0" * 64


def assert_sound(partner: Partner, received: Sequence[Received] = (), *, collection: str = "summer_party") -> None:
    """Raises `AssertionError` naming every invariant that does not hold."""
    broken = broken_invariants(partner, received, collection=collection)
    assert not broken, "\n".join(broken)


def broken_invariants(
    partner: Partner, received: Sequence[Received] = (), *, collection: str = "summer_party"
) -> list[str]:
    """A sentence for each invariant that does not hold."""
    return list(_Inspection(partner.origin, collection, received).broken())


def rows_of(origin: str, table: str) -> list[Item]:
    """A partner's rows of a table, as plain values."""
    name = settings().prefix + table
    items = _in_memory(name, f"{origin}#") if start_engine().embedded else _scanned(name, f"{origin}#")
    return [{name: _plain(value) for name, value in item.items()} for item in items]


@dataclass(frozen=True)
class Entry:
    """An act in the ledger, wherever it lies; `whose` is the digest of its identity."""

    whose: str
    activity: str
    position: int
    source: str


def acts_of(origin: str) -> list[Entry]:
    """A partner's acts in the ledger, whose days count just as many."""
    acts, counted = [], 0
    for row in rows_of(origin, "activity"):
        _, kind, *rest = parts(row["pk"])
        if kind == "ACT":
            acts.append(Entry(rest[0], rest[1], int(row["sk"].partition("#")[0]), row["source"]))
        elif kind == "DAY":
            counted += row["acts"]
            kept = kept_acts(DayRow(row["pk"], row["sk"], kept=set(row.get("kept", ()))))
            acts += [Entry(rest[0], rest[1], position, source) for position, source in kept]
    assert counted == len(acts)
    return acts


def _scanned(table: str, prefix: str) -> Iterator[Item]:
    pages = aws.client("dynamodb").get_paginator("scan")
    for page in pages.paginate(
        TableName=table,
        ConsistentRead=True,
        FilterExpression="begins_with(pk, :prefix)",
        ExpressionAttributeValues={":prefix": {"S": prefix}},
    ):
        yield from page["Items"]


def _in_memory(table: str, prefix: str) -> Iterator[Item]:
    """What a scan would give: the embedded engine needs a quarter of a millisecond for each row that it passes over."""
    from moto.dynamodb.models import dynamodb_backends

    stored = dynamodb_backends[ACCOUNT_ID][REGION].tables[table].items
    for hash_key, rows in list(stored.items()):
        if hash_key.value.startswith(prefix):
            yield from (row.to_json()["Attributes"] for row in list(rows.values()))


def _plain(value: Item) -> Any:
    [(kind, content)] = value.items()
    if kind == "N":
        return float(content) if "." in content else int(content)
    if kind == "L":
        return [_plain(element) for element in content]
    if kind == "M":
        return {name: _plain(element) for name, element in content.items()}
    return None if kind == "NULL" else content


def _holds_first_attempt(delivery: Item) -> bool:
    """True where the first attempt stands in its delivery instead of in a row of its own."""
    return any(attempt.get("inside") for attempt in json.loads(delivery.get("recent_attempts", "[]")))


def _listens(endpoint: Item, event: Item) -> bool:
    """Some types go only to endpoints that name them."""
    return event["event_type"] != "collection.updated" or event["event_type"] in endpoint["event_types"]


@dataclass
class _Token:
    """An NFT with what hangs on it; scans and transactions by number."""

    row: Item
    scans: dict[int, Item]
    transactions: dict[int, Item]

    @property
    def name(self) -> str:
        return f"NFT {self.row['token_id']}"

    @property
    def lies_under(self) -> str:
        return str(self.row["pk"].rpartition("#")[2])


class _Inspection:
    def __init__(self, origin: str, collection: str, received: Sequence[Received]) -> None:
        self._origin = origin
        self._collection = collection
        self._received = Counter(request.headers["webhook-id"] for request in received)
        gardenlab = rows_of(origin, "gardenlab")
        named = [row for row in gardenlab if row["sk"] == "NFT"]
        self._tokens = [_token_of(row, gardenlab) for row in named if "uid" in row]
        self._taken_ids = {row["pk"].rpartition("#")[2]: row["reserved_id"] for row in named if "uid" not in row}
        self._guests = [row for row in gardenlab if row["sk"] == "GUEST"]
        self._categories = [row for row in gardenlab if row["sk"].startswith("CATEGORY#")]
        here = f"{origin}#{collection}"
        self._changes = [row for row in gardenlab if row["pk"] == here and row["sk"].startswith("CHANGE#")]
        [self._contract] = [row["contract"] for row in gardenlab if row["sk"] == collection]
        activity = rows_of(origin, "activity")
        self._acts = Counter(act.source for act in acts_of(origin))
        self._links = {(row["first_value"], row["second_value"]) for row in activity if "#LINK#" in row["pk"]}
        self._jobs = rows_of(origin, "chain")
        webhooks = rows_of(origin, "webhooks")
        # A signer that wants coins is told by an event of its own, whatever becomes of the NFTs.
        self._events = {
            row["id"]: row for row in webhooks if row["sk"] == "EVENT" and row["event_type"] != SIGNER_EVENT
        }
        self._deliveries = [row for row in webhooks if row["sk"] == "DELIVERY"]
        self._attempts = Counter(row["pk"] for row in webhooks if row["sk"].startswith("ATTEMPT#"))
        self._attempts += Counter(row["pk"] for row in self._deliveries if _holds_first_attempt(row))
        self._endpoints = [row for row in webhooks if row["sk"].startswith("ep_")]
        self._own_lists = {row["endpoint_id"] for row in webhooks if row["pk"].endswith("#LISTS")}
        self._node = node_of("local")

    def broken(self) -> Iterator[str]:
        """A sentence for each invariant that does not hold."""
        for token in self._tokens:
            yield from self._scans(token)
            yield from self._chain(token)
        yield from self._changed()
        yield from self._ids()
        yield from self._ledger()
        yield from self._owners()
        yield from self._supply()
        yield from self._told()
        yield from self._nothing_open()

    def _scans(self, token: _Token) -> Iterator[str]:
        row, scans = token.row, [token.scans[number] for number in sorted(token.scans)]
        if sorted(token.scans) != list(range(1, len(scans) + 1)) or row["scan_count"] != len(scans):
            yield f"{token.name}: counts {row['scan_count']} scans and holds {sorted(token.scans)}"
        xp, level = 0, 1
        for number, scan in enumerate(scans, 1):
            if (scan["xp_before"], scan["level_before"]) != (xp, level):
                yield f"{token.name}: scan {number} begins at {scan['xp_before']}, not where the one before ended, {xp}"
            xp, level = scan["xp_after"], scan["level_after"]
        if (row["xp_micros"], row["level"]) != (xp, level):
            yield f"{token.name}: has {row['xp_micros']} XP, its scans end at {xp}"
        if sum(json.loads(row["counts"]).values()) != len(scans):
            yield f"{token.name}: counts {row['counts']} for {len(scans)} scans"
        attributes = json.loads(row["attributes_map"])
        for name, times in Counter(scan["type"] for scan in scans).items():
            if attributes.get(name) != times:
                yield f"{token.name}: attribute {name} is {attributes.get(name)} after {times} scans"

    def _chain(self, token: _Token) -> Iterator[str]:
        row, minted = token.row, token.row["status"] == "minted"
        mints = [log for log in self._mints() if int(log.topics[3], 16) == int(row["token_id"])]
        if len(mints) != (1 if minted else 0):
            yield f"{token.name}: is {row['status']} and minted {len(mints)} times on the chain"
        if (0 in token.transactions) != minted:
            yield f"{token.name}: is {row['status']}, with the mint's row: {0 in token.transactions}"
        updated = set(token.transactions) - {0}
        if updated and updated != set(range(min(updated), len(token.scans) + 1)):
            yield f"{token.name}: of {len(token.scans)} scans only {sorted(updated)} have a final transaction"
        if 0 in token.transactions:
            minted_at = token.transactions[0]["at_micros"]
            later = {number for number, scan in token.scans.items() if scan["at_micros"] > minted_at}
            if not later <= updated:
                yield f"{token.name}: scans {sorted(later - updated)} came after the mint and have no final transaction"
        for number, transaction in token.transactions.items():
            receipt = self._node.rpc.receipt(transaction["tx_hash"])
            if receipt is None or not receipt.succeeded:
                yield f"{token.name}: the transaction of scan {number} is none of the chain's"
            scan = token.scans.get(number, transaction)
            if any(scan[field] != transaction[field] for field in _SCAN_FIELDS):
                yield f"{token.name}: the final transaction of scan {number} tells of another scan"
        if minted and not mints:
            return
        if minted:
            yield from self._on_chain(token, latest=max(token.transactions, default=0))

    def _on_chain(self, token: _Token, *, latest: int) -> Iterator[str]:
        row = token.row
        if contract.owner_of(self._node.rpc, self._contract, int(row["token_id"])) != row["owner"]:
            yield f"{token.name}: the chain has another owner"
        uri = contract.token_uri(self._node.rpc, self._contract, int(row["token_id"]))
        if not uri == row["token_url"] == token.transactions[latest]["new_uri"]:
            yield f"{token.name}: the chain's URI is {uri}, ours {row['token_url']}"
        document = read_document(str(uri).removeprefix("ipfs://").partition("/")[0])
        if document is None:
            yield f"{token.name}: there is no document at its URI"
        elif latest == len(token.scans) and latest:
            traits = {trait["trait_type"]: trait["value"] for trait in json.loads(document)["attributes"]}
            if traits["xp"] * 1_000_000 != row["xp_micros"]:
                yield f"{token.name}: its document shows {traits['xp']} XP, it has {row['xp_micros']} millionths"

    def _changed(self) -> Iterator[str]:
        """Each change of the contract has ended, and those of its metadata were made once on the chain."""
        waiting = [row["sk"] for row in self._changes if row["state"] == "queued"]
        if waiting:
            yield f"still to be changed: {waiting}"
        made = [row["contract_uri"] for row in self._changes if (row["kind"], row["state"]) == ("metadata", "done")]
        updates = self._node.rpc.logs(self._contract, [_CONTRACT_URI_UPDATED]) if self._changes else []
        if len(updates) != len(made):
            yield f"the contract's metadata were to move {len(made)} times, and moved {len(updates)} times"
        if made and contract.ask(self._node.rpc, self._contract, "contractURI()", ["string"]) != (made[-1],):
            yield f"the contract's metadata are not at {made[-1]}"
        for row in self._changes:
            token = next((each.row for each in self._tokens if each.row["token_id"] == row.get("token_id")), None)
            if token is not None:
                asked = int(row["token_id"])
                (locked,) = contract.ask(self._node.rpc, self._contract, "locked(uint256)", ["bool"], asked)
                if locked is not token.get("is_locked", False):
                    yield f"the lock of the token {asked} is {locked} on the chain"

    def _mints(self) -> Sequence[Any]:
        return self._node.rpc.logs(self._contract, [_TRANSFER, _NOBODY])

    def _ids(self) -> Iterator[str]:
        """An NFT is found by the id that it has and by the first; nobody else has either."""
        led = {token.lies_under: token.lies_under for token in self._tokens} | self._taken_ids
        for token in self._tokens:
            if led.get(token.row["token_id"]) != token.lies_under:
                yield f"{token.name}: lies under {token.lies_under}, its id leads to {led.get(token.row['token_id'])}"
        unused = set(self._taken_ids) - {token.row["token_id"] for token in self._tokens}
        if unused:
            yield f"the ids {unused} lead to an NFT that has another"

    def _ledger(self) -> Iterator[str]:
        expected = Counter(
            f"{self._collection}/{token.lies_under}/{number}" for token in self._tokens for number in token.scans
        )
        expected.update(
            f"{self._collection}/{token.lies_under}/mint" for token in self._tokens if 0 in token.transactions
        )
        if self._acts != expected:
            yield f"the ledger lacks {expected - self._acts} and has too many {self._acts - expected}"

    def _owners(self) -> Iterator[str]:
        """Guests point at all their NFTs and at no others; each guest can be found by e-mail."""
        pointed = Counter(token_id for guest in self._guests for token_id in json.loads(guest["tokens"]).values())
        held = Counter(token.lies_under for token in self._tokens)
        if pointed != held:
            yield f"guests point at {dict(pointed)}, the NFTs are {dict(held)}"
        for guest in self._guests:
            mine = [token for token in self._tokens if token.row["uid_key"] == guest["pk"]]
            own = [token.row for token in mine]
            latest = {token.lies_under for token in mine if "newer" not in token.row}
            if latest != {guest["newest"]}:
                yield f"a guest's newest is {guest['newest']}, the NFTs without a newer one are {latest}"
            if own and (guest["email"], own[0]["uid"]) not in self._links:
                yield f"no link leads from {guest['email']} to {own[0]['uid']}"

    def _supply(self) -> Iterator[str]:
        held = Counter(token.row["user_category_id"] for token in self._tokens)
        for category in self._categories:
            limit = category.get("max_supply")
            if limit is not None and not held[category["user_category_id"]] == category["issued"] <= limit:
                yield f"category {category['user_category_id']}: {category['issued']} issued of {limit}, {held} held"

    def _told(self) -> Iterator[str]:
        """One event for each final transaction and for the failure under an NFT's first id.

        And one delivery of it to each endpoint, each at rest and received.
        """
        expected = {
            "evt_" + digest(self._origin, self._collection, token.row["token_id"], *cause)
            for token in self._tokens
            for number in token.transactions
            for cause in [("scan", str(number)) if number else ("mint", str(token.row["mint_attempts"]))]
        }
        expected |= {
            "evt_" + digest(self._origin, self._collection, token.lies_under, "mint", str(attempt))
            for token in self._tokens
            if "reserved_id" in token.row
            for attempt in range(1, token.row["mint_attempts"])
        }
        expected |= {
            "evt_" + digest(self._origin, self._collection, "change", str(row["number"])) for row in self._changes
        }
        if expected != set(self._events):
            yield f"{len(expected)} events were to be told, {len(self._events)} are recorded"
        for event_id in expected & set(self._events):
            mine = [delivery for delivery in self._deliveries if delivery["event_id"] == event_id]
            listening = [row["id"] for row in self._endpoints if _listens(row, self._events[event_id])]
            if Counter(delivery["endpoint_id"] for delivery in mine) != Counter(listening):
                yield f"event {event_id}: {len(mine)} deliveries for {len(listening)} endpoints"
            if any(delivery["status"] == "delivered" for delivery in mine) and not self._received[event_id]:
                yield f"event {event_id}: delivered, and the receiver never saw it"
        for delivery in self._deliveries:
            if delivery["status"] not in _ENDED:
                yield f"delivery {delivery['id']}: {delivery['status']}"
            if (delivery["status"] == "scheduled") != ("due_at" in delivery):
                yield f"delivery {delivery['id']}: {delivery['status']}, and the sweep does not know"
            yield from self._listed(delivery)
            if self._attempts[delivery["pk"]] != delivery.get("attempts_made", 0):
                yield f"delivery {delivery['id']}: {delivery.get('attempts_made')} attempts, {self._attempts} stored"
        unknown = set(self._received) - set(self._events)
        if unknown:
            yield f"the receiver saw {unknown}, which nobody recorded"

    def _listed(self, delivery: Item) -> Iterator[str]:
        """In the partner's list or that of its endpoint, and by status where it is neither well nor waits."""
        name = f"delivery {delivery['id']}"
        if "list_key" not in delivery and delivery["endpoint_id"] not in self._own_lists:
            yield f"{name}: not in its partner's list, nor is its endpoint's merged into that"
        if delivery["group_key"].rpartition("#")[2] != delivery["endpoint_id"]:
            yield f"{name}: in the list of {delivery['group_key']}"
        status, listed = delivery["status"], delivery.get("status_key", "").rpartition("#")[2]
        waits = status == "scheduled" and not delivery.get("tries")
        if listed not in ({"", status} if waits else {"" if status == "delivered" else status}):
            yield f"{name}: {status}, listed as {listed or 'nothing'}"

    def _nothing_open(self) -> Iterator[str]:
        if self._jobs:
            yield f"open chain jobs: {[(job['sk'], job['state']) for job in self._jobs]}"
        waiting = [token.name for token in self._tokens if token.row["status"] == "minting"]
        if waiting:
            yield f"still minting: {waiting}"


def _token_of(row: Item, rows: Sequence[Item]) -> _Token:
    def numbered(prefix: str) -> dict[int, Item]:
        return {
            int(other["sk"].removeprefix(prefix)): other
            for other in rows
            if other["pk"] == row["pk"] and other["sk"].startswith(prefix)
        }

    return _Token(row, numbered("SCAN#"), numbered("TX#"))
