"""Who signs and pays: keys of KMS and of Secrets Manager, what they have left, and what is written of it."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from chalicelib.chain.service import signers
from chalicelib.chain.service.nodes import ChainUnknown, node_of
from chalicelib.chain.signing import KeySigner, SigningFailed, read_transaction
from chalicelib.core import aws, metrics
from chalicelib.core.ids import random_token
from chalicelib.core.settings import ChainSettings
from local import chain as local_chain
from local.chain.evm import EvmNode
from tests.chain.world import embedded_world, world_on
from tests.faults.recovery import lose_messages
from tests.platform import Platform

_KEY = "0x" + "37" * 32


@pytest.fixture
def secret(platform: Platform) -> str:
    """The id of a secret that holds a private key."""
    del platform
    name = f"signer-{random_token(8)}"
    aws.client("secretsmanager").create_secret(Name=name, SecretString=f"{_KEY}\n")
    return name


def test_key_of_secrets_manager_signs_and_its_token_is_minted(secret: str) -> None:
    with embedded_world(signer_secret_id=secret) as world:
        assert world.node.signer.address == KeySigner(_KEY).address
        world.mint(1)
        world.work(1)
        world.assert_minted(1)
        assert signers.signer_of(world.name).key == "secret"
    lose_messages()


def test_metrics_of_a_low_balance_and_of_a_silent_node(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    del platform
    with embedded_world(low_balance=1000) as world:
        monkeypatch.setattr(metrics, "settings", lambda: SimpleNamespace(is_local=False, stage="prod"))
        signers.watch(world.book)
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
        [mine] = [line for line in lines if line["chain"] == world.name]
        [local] = [line for line in lines if line["chain"] == "local"]
        assert (mine["signer_low"], local["signer_low"]) == (1, 0)
        assert 99 < mine["signer_balance"] < 100
        assert signers.signer_of(world.name).low is True
        world.proxy.meddle = lambda method, params: (503, b"")  # noqa: ARG005
        signers.watch(world.book)
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
        assert [line["chain_unreachable"] for line in lines if line["chain"] == world.name] == [1]
        state = signers.signer_of(world.name)
        assert (state.balance, "503" in str(state.error)) == (None, True)
    lose_messages()


@pytest.mark.parametrize("in_file", [True, False], ids=["in a file", "as it is"])
def test_signer_on_a_developers_node_is_paid_by_the_account_whose_key_is_given(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, in_file: bool
) -> None:
    del platform
    node, key = EvmNode.start(), tmp_path / "funder"
    key.write_text(f"{node.funder_key}\n")
    monkeypatch.setenv("SPACEGARDEN_CHAIN_FUNDER", str(key) if in_file else node.funder_key)
    monkeypatch.setattr(local_chain, "start_chain", lambda: None)
    with world_on(node.url, None) as world:
        monkeypatch.setattr(local_chain, "LOCAL_CHAIN", world.name)
        assert world.raw.balance(world.node.signer.address) == 0
        for _ in range(2):
            local_chain.fund_signer()
            assert signers.signer_of(world.name).balance == "100"
    node.stop()


def test_secret_that_is_not_there_is_named(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    del platform
    node_of.cache_clear()
    chains = {"gone": {"rpc_url": "http://127.0.0.1:1", "explorer_url": "x", "signer_secret_id": "nowhere"}}
    monkeypatch.setattr(
        "chalicelib.chain.service.nodes.settings",
        lambda: SimpleNamespace(chain_named=lambda name: ChainSettings.model_validate(chains[name])),
    )
    with pytest.raises(ChainUnknown, match="nowhere"):
        node_of("gone")
    node_of.cache_clear()


def test_words_about_a_wrong_key_do_not_quote_it() -> None:
    wrong = "0x" + "ab" * 31
    with pytest.raises(SigningFailed) as caught:
        KeySigner(wrong)
    assert "abab" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_chain_has_one_signer() -> None:
    with pytest.raises(ValidationError, match="one signer"):
        ChainSettings(rpc_url="http://x", explorer_url="x", signer_key_id="a", signer_secret_id="b")


def test_only_transactions_of_eip_1559_are_read() -> None:
    with pytest.raises(ValueError, match="1559"):
        read_transaction("0x01c0")
