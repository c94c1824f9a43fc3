"""What both versions of the collection contract do, deployed with a KMS key on the embedded chain."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import boto3
import pytest
from eth_abi.abi import encode
from moto import mock_aws

from chalicelib.chain import contract as collection
from chalicelib.chain.addresses import keccak256
from chalicelib.chain.contract import NotACollection
from chalicelib.chain.contract_v2 import Settings
from chalicelib.chain.rpc import JsonRpc
from chalicelib.chain.rpc_answers import Log
from chalicelib.chain.rpc_errors import LogRangeTooWide, Reverted
from chalicelib.chain.signing import KeySigner, KmsSigner, create_kms_key
from local.chain.evm import EvmNode
from local.engine.moto_kms import sign_digests
from tests.chain.sender import ETHER, Sender

ANNA = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
BORIS = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
STRANGER = "0x" + "42" * 32
URI = "ipfs://bafybeigzcwgb5dbryck4gms7ujzcejphwxahrzmxytfbjkfgjj347glbha/metadata.json"
METADATA_UPDATE = "0xf8e1a15aba9398e019f0b49df1a4fde98ee17ae345cb5f6b5e2c27f5033e8ce7"


@pytest.fixture(scope="module")
def minter(node: EvmNode, rpc: JsonRpc) -> Iterator[Sender]:
    """Signs with KMS, paid by the funder."""
    sign_digests()
    with mock_aws():
        kms = boto3.client("kms", region_name="eu-central-1", aws_access_key_id="test", aws_secret_access_key="test")
        signer = KmsSigner(kms, create_kms_key(kms, "alias/chain"))
        Sender(rpc, KeySigner(node.funder_key)).send(signer.address, value=10 * ETHER, gas=21_000)
        yield Sender(rpc, signer)


@pytest.fixture(params=[None, Settings()], ids=["version 1", "version 2"])
def contract(minter: Sender, request: pytest.FixtureRequest) -> str:
    return minter.deploy(settings=request.param)


def test_the_deployer_of_a_collection_may_mint(rpc: JsonRpc, minter: Sender, contract: str) -> None:
    assert collection.has_minter_role(rpc, contract, minter.signer.address)
    assert not collection.has_minter_role(rpc, contract, ANNA)


def test_a_minted_token_has_its_owner_and_uri(rpc: JsonRpc, minter: Sender, contract: str) -> None:
    receipt = minter.send(contract, collection.mint_call(ANNA, 7, URI))

    assert receipt.succeeded
    assert collection.owner_of(rpc, contract, 7) == ANNA
    assert collection.token_uri(rpc, contract, 7) == URI
    assert receipt.gas_used < 200_000


def test_the_greatest_token_id_can_be_minted(rpc: JsonRpc, minter: Sender, contract: str) -> None:
    minter.send(contract, collection.mint_call(ANNA, 2**256 - 1, URI))

    assert collection.owner_of(rpc, contract, 2**256 - 1) == ANNA
    assert collection.highest_token_id(rpc, contract) == 2**256 - 1


def test_a_token_that_was_not_minted_has_neither_owner_nor_uri(rpc: JsonRpc, contract: str) -> None:
    assert collection.owner_of(rpc, contract, 1) is None
    assert collection.token_uri(rpc, contract, 1) is None


def test_a_second_mint_of_a_token_fails(rpc: JsonRpc, minter: Sender, contract: str) -> None:
    minter.send(contract, collection.mint_call(ANNA, 1, URI))

    assert not minter.send(contract, collection.mint_call(BORIS, 1, URI)).succeeded
    assert collection.owner_of(rpc, contract, 1) == ANNA


def test_a_batch_mints_what_is_missing_and_leaves_what_exists(rpc: JsonRpc, minter: Sender, contract: str) -> None:
    minter.send(contract, collection.mint_call(ANNA, 2, URI))

    batch = collection.mint_batch_call([(BORIS, 1, "ipfs://1"), (BORIS, 2, "ipfs://2"), (BORIS, 3, "ipfs://3")])
    assert minter.send(contract, batch).succeeded

    assert [collection.owner_of(rpc, contract, token_id) for token_id in (1, 2, 3)] == [BORIS, ANNA, BORIS]
    assert [collection.token_uri(rpc, contract, token_id) for token_id in (1, 2, 3)] == [
        "ipfs://1",
        URI,
        "ipfs://3",
    ]


def test_a_batch_sent_again_changes_nothing(minter: Sender, contract: str) -> None:
    batch = collection.mint_batch_call([(ANNA, 1, URI), (ANNA, 2, URI)])
    minter.send(contract, batch)

    again = minter.send(contract, batch)

    assert again.succeeded
    assert again.logs == ()


def test_an_id_twice_in_one_batch_goes_to_the_first(rpc: JsonRpc, minter: Sender, contract: str) -> None:
    minter.send(contract, collection.mint_batch_call([(ANNA, 1, URI), (BORIS, 1, "ipfs://other")]))

    assert collection.owner_of(rpc, contract, 1) == ANNA


def test_a_batch_does_not_ask_a_receiving_contract(rpc: JsonRpc, minter: Sender, contract: str) -> None:
    receiver = minter.deploy("No receiver", "NO")

    assert minter.send(contract, collection.mint_batch_call([(receiver, 1, URI), (ANNA, 2, URI)])).succeeded
    assert collection.owner_of(rpc, contract, 1) == receiver


def test_a_new_uri_replaces_the_old_with_the_erc_4906_event(rpc: JsonRpc, minter: Sender, contract: str) -> None:
    minter.send(contract, collection.mint_call(ANNA, 5, URI))

    receipt = minter.send(contract, collection.set_token_uri_call(5, "ipfs://new"))

    assert collection.token_uri(rpc, contract, 5) == "ipfs://new"
    assert [(log.topics, log.data) for log in receipt.logs] == [((METADATA_UPDATE,), (5).to_bytes(32))]


def test_a_uri_of_a_missing_token_is_refused(minter: Sender, contract: str) -> None:
    assert not minter.send(contract, collection.set_token_uri_call(404, URI)).succeeded


def test_a_batch_of_uris_passes_over_missing_tokens(rpc: JsonRpc, minter: Sender, contract: str) -> None:
    minter.send(contract, collection.mint_batch_call([(ANNA, 1, URI), (ANNA, 3, URI)]))

    updates = [(1, "ipfs://new-1"), (2, "ipfs://new-2"), (3, "ipfs://new-3")]
    assert minter.send(contract, collection.set_token_uri_batch_call(updates)).succeeded

    uris = [collection.token_uri(rpc, contract, token_id) for token_id in (1, 2, 3)]
    assert uris == ["ipfs://new-1", None, "ipfs://new-3"]


@pytest.mark.parametrize(
    "data",
    [
        collection.mint_call(ANNA, 9, URI),
        collection.mint_batch_call([(ANNA, 9, URI)]),
        collection.set_token_uri_call(1, URI),
        collection.set_token_uri_batch_call([(1, URI)]),
    ],
    ids=["mint", "mintBatch", "setTokenURI", "setTokenURIBatch"],
)
def test_who_lacks_the_role_is_refused_by_name(rpc: JsonRpc, minter: Sender, contract: str, data: bytes) -> None:
    minter.send(contract, collection.mint_call(ANNA, 1, URI))

    with pytest.raises(Reverted) as caught:
        rpc.estimate_gas(sender=KeySigner(STRANGER).address, to=contract, data=data)

    assert collection.custom_error(caught.value.data) == "AccessControlUnauthorizedAccount"


@pytest.mark.parametrize(
    ("signature", "arguments"),
    [
        ("mintBatch(address[],uint256[],string[])", ([ANNA], [1, 2], [URI, URI])),
        ("mintBatch(address[],uint256[],string[])", ([ANNA, ANNA], [1, 2], [URI])),
        ("setTokenURIBatch(uint256[],string[])", ([1], [URI, URI])),
    ],
)
def test_a_batch_of_unequal_lists_is_refused(
    rpc: JsonRpc, minter: Sender, contract: str, signature: str, arguments: tuple[Any, ...]
) -> None:
    types = signature[signature.index("(") + 1 : -1].split(",")
    data = keccak256(signature.encode())[:4] + encode(types, arguments)

    with pytest.raises(Reverted) as caught:
        rpc.estimate_gas(sender=minter.signer.address, to=contract, data=data)

    assert collection.custom_error(caught.value.data) == "BatchLengthMismatch"


def test_revert_data_of_others_has_no_name() -> None:
    assert collection.custom_error(b"\0\0\0\0") is None
    assert collection.custom_error(b"") is None


def test_the_contract_says_that_its_metadata_changes(rpc: JsonRpc, contract: str) -> None:
    supports = bytes.fromhex("01ffc9a7")
    answers = [
        int.from_bytes(rpc.eth_call(to=contract, data=supports + bytes.fromhex(interface).ljust(32, b"\0")))
        for interface in ("80ac58cd", "5b5e139f", "49064906", "7965db0b", "ffffffff")
    ]

    assert answers == [1, 1, 1, 1, 0]


def test_the_mint_is_found_after_the_holder_passed_the_token_on(rpc: JsonRpc, minter: Sender, contract: str) -> None:
    own = minter.signer.address
    mint = minter.send(contract, collection.mint_call(own, 11, URI))
    transfer_from = bytes.fromhex("23b872dd") + b"".join(
        bytes.fromhex(address[2:]).rjust(32, b"\0") for address in (own, BORIS)
    )
    assert minter.send(contract, transfer_from + (11).to_bytes(32)).succeeded

    assert collection.owner_of(rpc, contract, 11) == BORIS
    assert collection.find_mint(rpc, contract, 11) == collection.Mint(mint.transaction_hash, own, mint.block_number)


def test_no_mint_is_found_for_a_missing_token_or_before_the_block_asked_for(
    rpc: JsonRpc, minter: Sender, contract: str
) -> None:
    mint = minter.send(contract, collection.mint_call(ANNA, 12, URI))

    assert collection.find_mint(rpc, contract, 13) is None
    found = collection.find_mint(rpc, contract, 12, from_block=mint.block_number)
    assert found == collection.Mint(mint.transaction_hash, ANNA, mint.block_number)
    assert collection.find_mint(rpc, contract, 12, from_block=mint.block_number + 1) is None


def test_the_highest_token_id_is_the_greatest_of_all_mints_despite_gaps(
    rpc: JsonRpc, minter: Sender, contract: str
) -> None:
    assert collection.highest_token_id(rpc, contract) is None

    minter.send(contract, collection.mint_batch_call([(ANNA, 3, URI), (ANNA, 1_000, URI), (ANNA, 40, URI)]))

    assert collection.highest_token_id(rpc, contract) == 1_000


class CappedRpc(JsonRpc):
    """A provider that answers no log query over more than `cap` blocks."""

    def __init__(self, url: str, *, cap: int) -> None:
        super().__init__(url)
        self.cap = cap

    def logs(
        self, address: str | Sequence[str], topics: Sequence[Any], *, from_block: Any = 0, to_block: Any = 0
    ) -> list[Log]:
        if to_block - from_block + 1 > self.cap:
            raise LogRangeTooWide("block range is too large")
        return super().logs(address, topics, from_block=from_block, to_block=to_block)


def test_a_provider_that_caps_log_queries_is_asked_in_windows(node: EvmNode, minter: Sender, contract: str) -> None:
    capped = CappedRpc(node.url, cap=10)
    mint = minter.send(contract, collection.mint_call(ANNA, 13, URI))
    for _ in range(25):
        capped.call("evm_mine")
    minter.send(contract, collection.mint_call(ANNA, 25, URI))

    assert collection.highest_token_id(capped, contract) == 25
    assert collection.find_mint(capped, contract, 13) == collection.Mint(mint.transaction_hash, ANNA, mint.block_number)


def test_a_provider_that_answers_no_window_at_all_is_an_error(node: EvmNode, contract: str) -> None:
    capped = CappedRpc(node.url, cap=1)

    with pytest.raises(LogRangeTooWide):
        collection.highest_token_id(capped, contract)


def test_an_address_without_code_is_no_collection(rpc: JsonRpc) -> None:
    with pytest.raises(NotACollection, match="does not answer"):
        collection.has_minter_role(rpc, ANNA, ANNA)
    assert rpc.code(ANNA) == b""


@pytest.mark.parametrize(
    ("artifact", "source"),
    [
        ("chalicelib/chain/artifacts/SpacegardenCollection.json", "SpacegardenCollection.sol"),
        ("chalicelib/chain/artifacts/SpacegardenCollectionV2.json", "SpacegardenCollectionV2.sol"),
        ("chalicelib/chain/artifacts/WalletSignatureCheck.json", "WalletSignatureCheck.sol"),
        ("tests/chain/artifacts/TestWallet.json", "tests/TestWallet.sol"),
        ("tests/chain/artifacts/TestWalletFactory.json", "tests/TestWallet.sol"),
    ],
)
def test_the_artifact_names_the_source_it_was_compiled_from(artifact: str, source: str) -> None:
    root = Path(__file__).parents[2]
    compiled = json.loads((root / artifact).read_text())
    pinned = json.loads((root / "contracts/package.json").read_text())["devDependencies"]

    assert compiled["sourceSha256"] == hashlib.sha256((root / "contracts" / source).read_bytes()).hexdigest()
    assert compiled["openzeppelin"] == pinned["@openzeppelin/contracts"]
    assert compiled["compiler"]["version"].split("+")[0] == pinned["solc"]
