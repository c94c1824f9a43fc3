"""What version 2 of the collection contract adds: its metadata, royalties, locks and burning."""

import json
import re
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from chalicelib.chain import contract as collection
from chalicelib.chain.abi import encode, selector, topic
from chalicelib.chain.contract_v2 import LockPolicy, Settings, read_settings
from chalicelib.chain.rpc import JsonRpc
from chalicelib.chain.rpc_errors import Reverted
from chalicelib.chain.signing import KeySigner
from local.chain.evm import EvmNode
from tests.chain import collections_abi as calls
from tests.chain.interfaces import INTERFACES, NO_INTERFACE
from tests.chain.sender import ETHER, Sender

ROOT = Path(__file__).parents[2]
ANNA = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
NOBODY = "0x" + "0" * 40
URI = "ipfs://bafybeigzcwgb5dbryck4gms7ujzcejphwxahrzmxytfbjkfgjj347glbha/metadata.json"


@pytest.fixture(scope="module")
def minter(node: EvmNode, rpc: JsonRpc) -> Sender:
    return Sender(rpc, KeySigner(node.funder_key))


@pytest.fixture(scope="module")
def holder(minter: Sender) -> Sender:
    """Somebody with coins, who may neither mint nor administrate."""
    signer = KeySigner("0x" + "42" * 32)
    minter.send(signer.address, value=ETHER, gas=21_000)
    return Sender(minter.rpc, signer)


@pytest.fixture(scope="module")
def plain(minter: Sender) -> str:
    """A contract without royalties and locks, which tests share: each takes tokens of its own."""
    return minter.deploy(settings=Settings())


@pytest.fixture(scope="module")
def lockable(minter: Sender) -> str:
    """A contract whose tokens are locked one by one, which tests share."""
    return minter.deploy(settings=Settings(lock=LockPolicy.TOKEN))


_ids = count(1)


@pytest.fixture
def token(minter: Sender, holder: Sender, plain: str) -> int:
    """A token of the holder's."""
    return _minted(minter, plain, holder)


def _minted(minter: Sender, contract: str, holder: Sender) -> int:
    token_id = next(_ids)
    assert minter.send(contract, collection.mint_call(holder.signer.address, token_id, URI)).succeeded
    return token_id


def _refusal(sender: Sender, contract: str, data: bytes) -> str | None:
    """The name of the error that a call would end with."""
    with pytest.raises(Reverted) as caught:
        sender.rpc.estimate_gas(sender=sender.signer.address, to=contract, data=data)
    return collection.custom_error(caught.value.data)


def _royalty(rpc: JsonRpc, contract: str) -> tuple[str, int]:
    receiver, amount = collection.ask(rpc, contract, "royaltyInfo(uint256,uint256)", ["address", "uint256"], 1, 10_000)
    return str(receiver).lower(), int(amount)


@pytest.mark.parametrize(("name", "interface"), [*INTERFACES.items(), ("none", NO_INTERFACE)])
def test_every_interface_is_claimed(rpc: JsonRpc, plain: str, name: str, interface: str) -> None:
    (claimed,) = collection.ask(rpc, plain, "supportsInterface(bytes4)", ["bool"], bytes.fromhex(interface[2:]))
    assert claimed is (name != "none")


def test_a_contract_has_the_settings_of_its_deployment(rpc: JsonRpc, minter: Sender) -> None:
    contract = minter.deploy(settings=Settings("ipfs://it", ANNA, 750, LockPolicy.TOKEN))

    assert collection.ask(rpc, contract, "contractURI()", ["string"]) == ("ipfs://it",)
    assert _royalty(rpc, contract) == (ANNA.lower(), 750)
    assert collection.ask(rpc, contract, "lockPolicy()", ["uint8"]) == (1,)
    assert collection.ask(rpc, contract, "VERSION()", ["uint256"]) == (2,)
    assert collection.has_minter_role(rpc, contract, minter.signer.address)


def test_a_contract_without_royalties_asks_for_none(rpc: JsonRpc, plain: str) -> None:
    assert _royalty(rpc, plain) == (NOBODY, 0)


def test_royalties_are_changed_and_ended_by_the_administrator(rpc: JsonRpc, minter: Sender) -> None:
    contract = minter.deploy(settings=Settings(royalty_receiver=ANNA, royalty_basis_points=500))

    assert minter.send(contract, calls.set_royalty_call(minter.signer.address, 250)).succeeded
    assert _royalty(rpc, contract) == (minter.signer.address.lower(), 250)

    assert minter.send(contract, calls.set_royalty_call(NOBODY, 0)).succeeded
    assert _royalty(rpc, contract) == (NOBODY, 0)


def test_royalties_are_at_most_the_price(minter: Sender, plain: str) -> None:
    assert _refusal(minter, plain, calls.set_royalty_call(ANNA, 10_001)) == "ERC2981InvalidDefaultRoyalty"


def test_a_new_contract_uri_replaces_the_old_with_the_erc_7572_event(rpc: JsonRpc, minter: Sender, plain: str) -> None:
    receipt = minter.send(plain, calls.set_contract_uri_call("ipfs://new"))

    assert [(log.topics, log.data) for log in receipt.logs] == [((topic("ContractURIUpdated()"),), b"")]
    assert collection.ask(rpc, plain, "contractURI()", ["string"]) == ("ipfs://new",)


@pytest.mark.parametrize(
    "data",
    [
        calls.set_royalty_call(ANNA, 1),
        calls.set_contract_uri_call("ipfs://mine"),
        calls.set_locked_call(1, is_locked=True),
    ],
    ids=["royalties", "contractURI", "lock"],
)
def test_settings_are_the_administrators_alone(holder: Sender, lockable: str, data: bytes) -> None:
    assert _refusal(holder, lockable, data) == "AccessControlUnauthorizedAccount"


def test_a_holder_burns_a_token(rpc: JsonRpc, holder: Sender, plain: str, token: int) -> None:
    receipt = holder.send(plain, calls.burn_call(token))

    assert receipt.succeeded
    assert collection.owner_of(rpc, plain, token) is None
    sender = "0x" + holder.signer.address[2:].lower().rjust(64, "0")
    moved = (topic("Transfer(address,address,uint256)"), sender, f"0x{0:064x}", f"0x{token:064x}")
    assert [log.topics for log in receipt.logs] == [moved]


def test_nobody_else_burns_a_token_unless_the_holder_approves(
    rpc: JsonRpc, minter: Sender, holder: Sender, plain: str, token: int
) -> None:
    assert _refusal(minter, plain, calls.burn_call(token)) == "ERC721InsufficientApproval"
    assert _refusal(minter, plain, calls.burn_call(10**9)) == "ERC721NonexistentToken"

    assert holder.send(plain, calls.approve_call(minter.signer.address, token)).succeeded
    assert minter.send(plain, calls.burn_call(token)).succeeded
    assert collection.owner_of(rpc, plain, token) is None


def test_a_burned_token_is_never_minted_again(
    rpc: JsonRpc, minter: Sender, holder: Sender, plain: str, token: int
) -> None:
    other = next(_ids)
    assert holder.send(plain, calls.burn_call(token)).succeeded

    again = minter.send(plain, collection.mint_batch_call([(ANNA, token, URI), (ANNA, other, URI)]))

    assert collection.minted_ids(again, plain) == {other}
    assert collection.owner_of(rpc, plain, token) is None
    assert _refusal(minter, plain, collection.mint_call(ANNA, token, URI)) == "TokenBurned"
    assert _refusal(minter, plain, collection.set_token_uri_call(token, URI)) == "ERC721NonexistentToken"


def test_a_locked_token_is_kept_until_it_is_unlocked(
    rpc: JsonRpc, minter: Sender, holder: Sender, lockable: str
) -> None:
    token = _minted(minter, lockable, holder)
    transfer = calls.transfer_call(holder.signer.address, ANNA, token)

    locking = minter.send(lockable, calls.set_locked_call(token, is_locked=True))
    assert [(log.topics, log.data) for log in locking.logs] == [((topic("Locked(uint256)"),), token.to_bytes(32))]
    assert collection.ask(rpc, lockable, "locked(uint256)", ["bool"], token) == (True,)
    assert _refusal(holder, lockable, transfer) == "TokenLocked"

    unlocking = minter.send(lockable, calls.set_locked_call(token, is_locked=False))
    assert [(log.topics, log.data) for log in unlocking.logs] == [((topic("Unlocked(uint256)"),), token.to_bytes(32))]
    assert collection.ask(rpc, lockable, "locked(uint256)", ["bool"], token) == (False,)
    assert holder.send(lockable, transfer).succeeded
    assert collection.owner_of(rpc, lockable, token) == ANNA


def test_a_lock_holds_up_operators_and_not_the_minter(
    rpc: JsonRpc, minter: Sender, holder: Sender, lockable: str
) -> None:
    token = _minted(minter, lockable, holder)
    assert holder.send(lockable, calls.approve_call(minter.signer.address, token)).succeeded
    assert minter.send(lockable, calls.set_locked_call(token, is_locked=True)).succeeded

    assert _refusal(minter, lockable, calls.transfer_call(holder.signer.address, ANNA, token)) == "TokenLocked"
    assert minter.send(lockable, collection.set_token_uri_call(token, "ipfs://new")).succeeded
    assert collection.token_uri(rpc, lockable, token) == "ipfs://new"


def test_a_locked_collection_locks_each_token_from_its_mint_on(rpc: JsonRpc, minter: Sender, holder: Sender) -> None:
    contract = minter.deploy(settings=Settings(lock=LockPolicy.COLLECTION))
    own = holder.signer.address

    receipt = minter.send(contract, collection.mint_batch_call([(own, 1, URI), (own, 2, URI)]))

    locked = [int.from_bytes(log.data) for log in receipt.logs if log.topics == (topic("Locked(uint256)"),)]
    assert locked == [1, 2]
    assert collection.ask(rpc, contract, "locked(uint256)", ["bool"], 1) == (True,)
    assert _refusal(holder, contract, calls.transfer_call(own, ANNA, 1)) == "TokenLocked"
    assert _refusal(minter, contract, calls.set_locked_call(1, is_locked=False)) == "LockPolicyForbids"
    assert holder.send(contract, calls.burn_call(1)).succeeded, "a holder may always get rid of a token"


def test_no_token_is_locked_where_the_collection_says_so(rpc: JsonRpc, minter: Sender, plain: str, token: int) -> None:
    assert _refusal(minter, plain, calls.set_locked_call(token, is_locked=True)) == "LockPolicyForbids"
    assert collection.ask(rpc, plain, "locked(uint256)", ["bool"], token) == (False,)


def test_the_lock_of_a_token_that_is_not_there_is_not_told(minter: Sender, lockable: str) -> None:
    data = calls.set_locked_call(10**9, is_locked=True)
    assert _refusal(minter, lockable, data) == "ERC721NonexistentToken"
    with pytest.raises(Reverted):
        collection.ask(minter.rpc, lockable, "locked(uint256)", ["bool"], 10**9)


@pytest.mark.parametrize("version", ["SpacegardenCollection", "SpacegardenCollectionV2"])
def test_what_is_published_is_what_is_deployed(version: str) -> None:
    published = json.loads((ROOT / f"contracts/artifacts/{version}.json").read_text())
    deployed = json.loads((ROOT / f"chalicelib/chain/artifacts/{version}.json").read_text())
    given = published["stdJsonInput"]

    assert published["contractIdentifier"] == f"{version}.sol:{version}"
    assert published["compilerVersion"] == deployed["compiler"]["version"]
    assert given["settings"]["optimizer"] == deployed["compiler"]["optimizer"]
    assert given["settings"]["evmVersion"] == deployed["compiler"]["evmVersion"]
    assert given["sources"][f"{version}.sol"]["content"] == (ROOT / f"contracts/{version}.sol").read_text()
    imported = re.findall(r'from "(.+)";', given["sources"][f"{version}.sol"]["content"])
    assert set(imported) < set(given["sources"])
    assert [entry for entry in published["abi"] if entry["type"] == "error"] == [
        entry for entry in deployed["abi"] if entry["type"] == "error"
    ]


class _Imitation(JsonRpc):
    """A node on which somebody's contract answers as version 2 does, but with these values."""

    def __init__(self, *, uri: bytes = b"ipfs://x", royalty: int = 0, policy: int = 0) -> None:
        super().__init__("http://unused.invalid")
        self._answers = {
            "VERSION()": encode(["uint256"], [2]),
            "contractURI()": encode(["bytes"], [uri]),
            "royaltyInfo(uint256,uint256)": encode(["address", "uint256"], [ANNA, royalty]),
            "lockPolicy()": encode(["uint8"], [policy]),
        }

    def call(self, method: str, *params: Any) -> Any:
        """What the contract answers."""
        assert method == "eth_call"
        called = bytes.fromhex(params[0]["data"][2:10])
        return "0x" + next(answer for name, answer in self._answers.items() if selector(name) == called).hex()


@pytest.mark.parametrize(
    ("imitation", "uri"),
    [
        (_Imitation(royalty=10_000), "ipfs://x"),
        (_Imitation(uri=b"data:," + b"x" * 400_000), ""),
        (_Imitation(uri=b"ipfs://\xff"), None),
        (_Imitation(royalty=10_001), None),
        (_Imitation(royalty=2**256 - 1), None),
        (_Imitation(policy=3), None),
    ],
    ids=["everything", "long address", "no text", "more than everything", "largest number", "unknown policy"],
)
def test_what_an_imitation_answers_can_be_kept_or_is_not_taken_for_version_2(
    imitation: _Imitation, uri: str | None
) -> None:
    found = read_settings(imitation, ANNA)
    assert (None if found is None else found.contract_uri) == uri
