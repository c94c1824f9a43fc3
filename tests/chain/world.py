"""One chain of a test's own: a node behind a proxy, a signer with funds, a contract, and a surface that keeps a book.

The surface writes what it is told in the transaction that ends the job, one row a job, so that being told twice fails.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.chain import contract, tasks
from chalicelib.chain.contract_v2 import Settings
from chalicelib.chain.metadata import cid_of, metadata_document, metadata_uri
from chalicelib.chain.models import ChainRow
from chalicelib.chain.models.jobs import DocumentRow
from chalicelib.chain.models.submissions import SubmissionRow
from chalicelib.chain.repository import jobs as job_rows
from chalicelib.chain.repository import submissions as submission_rows
from chalicelib.chain.repository import working
from chalicelib.chain.rpc import JsonRpc
from chalicelib.chain.rpc_errors import RpcError
from chalicelib.chain.service import deployments, reading
from chalicelib.chain.service.contracts import follow_contract
from chalicelib.chain.service.nodes import Node, node_of
from chalicelib.chain.service.outbox import (
    CATCH_UP,
    CONFIRM_TRANSACTION,
    WORK_TOKEN,
    TokenReference,
    enqueue_mint,
    enqueue_update,
)
from chalicelib.chain.service.owners import (
    Changed,
    Failure,
    Locking,
    Minted,
    Move,
    NearlySpent,
    SignerLow,
    Standing,
    Updated,
)
from chalicelib.chain.signing import KeySigner
from chalicelib.core.clock import now, travelled
from chalicelib.core.ids import random_token
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction
from local.chain.evm import EvmNode
from tests.chain.anvil import anvil_path, running_anvil
from tests.chain.proxy import Proxy
from tests.chain.sender import ETHER, Sender
from tests.platform import HOLDER

ALIAS = "alias"
_NO_SETTINGS = Settings()


class ToldTwice(AssertionError):
    """The surface heard of one job's end a second time."""


class Book:
    """A surface that keeps what the chain context tells it; `TokenOwner` is the protocol."""

    def __init__(self) -> None:
        self.broken: set[str] = set()
        self.level = 1

    def document(self, token: TokenReference) -> bytes:
        """Metadata of the present level; raises for the tokens in `broken`."""
        if token.token_id in self.broken:
            raise LookupError(f"token {token.token_id} is gone")
        return document_of(token.token_id, level=self.level)

    def standing(self, token: TokenReference) -> Standing:
        """Whether a mint was told; tokens keep their ids."""
        return Standing(token, any(each["kind"] == "minted" for each in told(token.contract, token.token_id)))

    def minted(self, transaction: Transaction, token: TokenReference, outcome: Minted) -> None:
        """Keeps it."""
        _keep(transaction, token, f"MINT#{outcome.attempt}", "minted", outcome)

    def updated(self, transaction: Transaction, token: TokenReference, outcome: Updated) -> None:
        """Keeps it."""
        _keep(transaction, token, f"UPDATE#{outcome.scan_number}", "updated", outcome)

    def mint_failed(self, transaction: Transaction, token: TokenReference, failure: Failure) -> None:
        """Keeps it."""
        _keep(transaction, token, f"MINT#{failure.number}", "mint failed", failure)

    def update_failed(self, transaction: Transaction, token: TokenReference, failure: Failure) -> None:
        """Keeps it."""
        _keep(transaction, token, f"UPDATE#{failure.number}", "update failed", failure)

    def changed(self, transaction: Transaction, token: TokenReference, outcome: Changed) -> None:
        """Keeps it."""
        _keep(transaction, token, f"CHANGE#{outcome.number}", "changed", outcome)

    def change_failed(self, transaction: Transaction, token: TokenReference, failure: Failure) -> None:
        """Keeps it."""
        _keep(transaction, token, f"CHANGE#{failure.number}", "change failed", failure)

    def budget_nearly_spent(self, transaction: Transaction, origin: str, budget: NearlySpent) -> None:
        """Keeps it."""
        text = json.dumps(budget._asdict(), default=str)
        row = DocumentRow(f"TOLD#{origin}", f"BUDGET#{budget.account.period}", document=text)
        transaction.create(row, otherwise=ToldTwice(origin))

    def signer_low(self, origin: str, low: SignerLow) -> None:
        """Keeps it, once for each time."""
        row = DocumentRow(f"TOLD#{origin}", f"LOW#{low.chain}#{low.since}", document="")
        transaction = Transaction()
        transaction.create(row, otherwise=ToldTwice(origin))
        with suppress(ToldTwice):  # the surface knows what it was told
            transaction.commit()

    def moved(self, token: TokenReference, move: Move) -> bool:
        """Keeps it, once a mint was told."""
        if not self.standing(token).is_minted:
            return False
        transaction = Transaction()
        _keep(transaction, token, f"MOVE#{move.position}", "moved", move)
        with suppress(ToldTwice):  # the surface knows what it was told
            transaction.commit()
        return True

    def uri_changed(self, token: TokenReference, read_uri: Callable[[], str | None]) -> None:
        """Keeps it."""
        text = json.dumps({"kind": "uri changed", "uri": read_uri()})
        DocumentRow(_told_pk(token.contract, token.token_id), f"URI#{now().isoformat()}", document=text).save()

    def lock_changed(self, token: TokenReference, locking: Locking) -> bool:
        """Keeps it, once a mint was told."""
        if not self.standing(token).is_minted:
            return False
        text = json.dumps({"kind": "lock changed", "is_locked": locking.is_locked})
        DocumentRow(_told_pk(token.contract, token.token_id), f"LOCK#{locking.place}", document=text).save()
        return True

    def settings_changed(
        self, collection: TokenReference, place: str, read_settings: Callable[[], Settings | None]
    ) -> None:
        """Keeps it."""
        text = json.dumps({"kind": "settings changed", "settings": read_settings()})
        DocumentRow(_told_pk(collection.contract, collection.token_id), f"SETTINGS#{place}", document=text).save()

    def contracts(self, chain: str) -> Iterable[tuple[str, str, str]]:
        """None but those that joined."""
        del chain
        return ()


def _keep(transaction: Transaction, token: TokenReference, sk: str, kind: str, outcome: Any) -> None:
    text = json.dumps({"kind": kind, **outcome._asdict()}, default=str)
    row = DocumentRow(_told_pk(token.contract, token.token_id), sk, document=text)
    transaction.create(row, otherwise=ToldTwice(f"{token.token_id}: {sk}"))


def _told_pk(address: str, token_id: str) -> str:
    return f"TOLD#{address}#{token_id}"


def told(address: str, token_id: str) -> list[dict[str, Any]]:
    """What the surface was told of a token."""
    rows = DocumentRow.query(_told_pk(address, token_id), consistent_read=True)
    return [json.loads(row.document) for row in rows]


def document_of(token_id: str, *, level: int = 1) -> bytes:
    """A token's metadata."""
    return metadata_document(
        name=f"Token {token_id}", description="", image="", external_url="", level=level, xp=0, attributes={}
    )


def uri_of(token_id: int) -> str:
    """The URI that a token's mint is to bring."""
    return metadata_uri(cid_of(document_of(str(token_id))))


class World:
    """A chain, its contract, and what a test does with them."""

    def __init__(self, name: str, proxy: Proxy) -> None:
        self.name = name
        self.proxy = proxy
        self.book = Book()
        self.origin = f"o{random_token(8)}"
        self.address = ""
        self.raw = JsonRpc(proxy.target)  # past the proxy
        self._open: set[int] = set()

    @property
    def node(self) -> Node:
        """The chain as the worker sees it."""
        return node_of(self.name)

    @property
    def line(self) -> str:
        """Where the signer's rows lie."""
        return submission_rows.signer_pk(self.name, self.node.signer.address)

    def deploy(self, settings: Settings = _NO_SETTINGS) -> None:
        """Deploys the contract, has it followed, and looks until it is final."""
        newest = self.raw.block_number()

        def register(transaction: Transaction, address: str) -> None:
            names = {"origin": self.origin, "contract_id": ALIAS}
            follow_contract(transaction, self.name, address, **names, from_block=newest)

        self.address = deployments.deploy(self.name, name="World", symbol="W", register=register, settings=settings)

    def read(self) -> int:
        """Lets the scheduled reading of this chain run."""
        return reading.read(self.name, self.book)

    def moves(self, token_id: int) -> list[tuple[str, str]]:
        """From whom to whom the token went, as the surface was told."""
        return [(each["sender"], each["recipient"]) for each in self.told(token_id) if each["kind"] == "moved"]

    def mint(self, *token_ids: int, to: str = HOLDER, attempt: int = 1) -> None:
        """Queues mints."""
        for token_id in token_ids:
            transaction = Transaction()
            document = document_of(str(token_id))
            enqueue_mint(transaction, self._reference(token_id), attempt=attempt, recipient=to, document=document)
            transaction.commit()

    def update(self, token_id: int, *scans: int) -> None:
        """Queues URI updates."""
        for scan in scans:
            transaction = Transaction()
            enqueue_update(transaction, self._reference(token_id), scan_number=scan)
            transaction.commit()

    def _reference(self, token_id: int) -> TokenReference:
        self._open.add(token_id)
        return TokenReference(self.origin, ALIAS, str(token_id), self.name, self.address)

    def pk(self, token_id: int) -> str:
        """Where a token's jobs lie."""
        return job_rows.job_pk(self.origin, ALIAS, str(token_id))

    def work(self, *token_ids: int) -> None:
        """Works the tokens' messages, all in one batch, of which none may fail."""
        assert self.send([{"task": WORK_TOKEN, "pk": self.pk(token_id)} for token_id in token_ids]) == []

    def send_all(self, *token_ids: int) -> None:
        """Works the tokens' messages, all in one batch; what fails comes again with another call."""
        self.send([{"task": WORK_TOKEN, "pk": self.pk(token_id)} for token_id in token_ids])

    def confirm(self) -> None:
        """Works a message for every transaction that is not at rest."""
        found = [{"task": CONFIRM_TRANSACTION, "pk": row.pk, "sk": row.sk} for row in self.pending()]
        assert self.send(found) == []

    def catch_up(self) -> None:
        """Works the message by which the watch has lost transactions sent again."""
        assert self.send([{"task": CATCH_UP, "pk": self.name}]) == []

    def send(self, messages: Sequence[dict[str, Any]]) -> list[Any]:
        """Works messages as one batch; gives the failures."""
        records = [
            {
                "messageId": uuid4().hex,
                "body": json.dumps({"version": 1, **message}),
                "attributes": {"MessageGroupId": self.name},
            }
            for message in messages
        ]
        return list(tasks.work({"Records": records}, self.book)["batchItemFailures"])

    def rest(self, *, rounds: int = 4) -> None:
        """Works everything that is open, later each time."""
        with travelled(timedelta()) as further:
            for _ in range(rounds):
                self._open = {token_id for token_id in self._open if self.jobs(token_id)}
                self.work(*sorted(self._open))
                self.confirm()
                further(timedelta(minutes=11))

    def submissions(self) -> list[SubmissionRow]:
        """The signer's transactions by nonce, its deployment first."""
        return submission_rows.submissions_between(self.line, 0, 10**9, limit=10**6)

    def pending(self) -> list[SubmissionRow]:
        """Those that the sweep looks at."""
        return [row for row in self.submissions() if row.due_at is not None]

    def told(self, token_id: int) -> list[dict[str, Any]]:
        """What the surface was told of a token."""
        return told(self.address, str(token_id))

    def jobs(self, token_id: int) -> list[Any]:
        """A token's open jobs."""
        return working.open_jobs(self.pk(token_id))

    def owner_of(self, token_id: int) -> str | None:
        """Who holds the token by the chain."""
        return contract.owner_of(self.raw, self.address, token_id)

    def assert_minted(self, token_id: int, *, to: str = HOLDER) -> str:
        """The token is there, the surface was told once, with a transaction that did it, which is answered."""
        [mint] = [each for each in self.told(token_id) if each["kind"] == "minted"]
        assert self.owner_of(token_id) == mint["recipient"] == to
        receipt = self.raw.receipt(mint["transaction_hash"])
        assert receipt is not None
        assert token_id in contract.minted_ids(receipt, self.address)
        assert not [job for job in self.jobs(token_id) if job.kind == "mint"]
        return str(mint["transaction_hash"])

    def mine(self, blocks: int = 1) -> None:
        """Mines what waits (anvil)."""
        for _ in range(blocks):
            self.raw.call("evm_mine")

    def pass_over(self, blocks: int = 3) -> None:
        """Mines blocks that leave out what waits, which waits on (anvil)."""
        waiting = self.pending()
        for row in waiting:
            self.raw.call("anvil_dropTransaction", row.hash)
        self.mine(blocks)
        for row in waiting:
            with suppress(RpcError):  # too dear a block
                self.raw.send_raw(row.raw)

    def fund(self, coins: int = 100) -> None:
        """Gives the signer what it pays with."""
        if self.raw.call("web3_clientVersion").startswith("anvil"):
            self.raw.call("anvil_setBalance", self.node.signer.address, hex(coins * ETHER))

    def forget(self) -> None:
        """Takes the test's rows out of the table, so that no other test's sweep finds them."""
        for pk in [self.line, f"EVENTS#{self.name}", *map(self.pk, self._open)]:
            for row in ChainRow.query(pk, consistent_read=True):
                row.delete()
        self.raw.close()


@contextmanager
def world_on(
    url: str, funder_key: str | None, *, other_nodes: Sequence[str] = (), **configuration: Any
) -> Iterator[World]:
    """A world on the node at `url`, known to the settings while the block runs; its nodes are the proxy and others."""
    name = f"w{random_token(8).lower()}"
    with Proxy(url).served() as proxy, pytest.MonkeyPatch.context() as patch:
        present = json.loads(os.environ.get("SPACEGARDEN_CHAINS") or "{}")
        nodes = {"rpc_urls": [proxy.url, *other_nodes]} if other_nodes else {"rpc_url": proxy.url}
        chain = {**nodes, "explorer_url": "http://explorer.test/{hash}", **configuration}
        patch.setenv("SPACEGARDEN_CHAINS", json.dumps({**present, name: chain}))
        settings.cache_clear()
        world = World(name, proxy)
        if funder_key is not None:
            Sender(world.raw, KeySigner(funder_key)).send(world.node.signer.address, value=100 * ETHER, gas=21_000)
        world.fund()
        yield world
        world.forget()
    settings.cache_clear()
    node_of.cache_clear()


@contextmanager
def embedded_world(**configuration: Any) -> Iterator[World]:
    """On a fresh embedded chain, with its contract."""
    node = EvmNode.start()
    with world_on(node.url, node.funder_key, **configuration) as world:
        world.deploy()
        yield world
    node.stop()


@contextmanager
def anvil_world(*options: str, **configuration: Any) -> Iterator[World]:
    """On a fresh anvil that mines by command alone, with its contract; skips where there is no anvil."""
    with running_anvil("--no-mining", *options) as url, world_on(url, None, **configuration) as world:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(deployments, "_PATIENCE_SECONDS", 0)
            world.deploy()
        world.mine(configuration.get("confirmations", 1))
        world.confirm()
        yield world


@contextmanager
def quick_world(**configuration: Any) -> Iterator[World]:
    """On anvil, which mines at once, where that is installed; else on the embedded chain."""
    if anvil_path() is None:
        with embedded_world(**configuration) as world:
            yield world
    else:
        with running_anvil() as url, world_on(url, None, **configuration) as world:
            world.deploy()
            yield world
