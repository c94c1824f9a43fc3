"""What a deployed stage does and a local run does not: its secrets, its keys, its metrics."""

import json
import os
from collections.abc import Iterator

import pytest

from chalicelib.chain.queues import JOBS
from chalicelib.chain.service.nodes import node_of, signer_alias
from chalicelib.chain.signing import create_kms_key
from chalicelib.core import aws
from chalicelib.core.secrets import forget_secrets
from chalicelib.core.settings import settings
from local.engine import resources
from tests.operations.queues import empty_queues, fill, take_all
from tests.operations.test_queues import assert_is_embedded_metric
from tests.platform import Platform

_SECRET = "spacegarden-staging-admin-key"
_CHAIN = "testnet"


@pytest.fixture
def staging(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """The platform as a deployed stage with one chain, which is the embedded one."""
    for name, value in {
        "SPACEGARDEN_STAGE": "staging",
        "SPACEGARDEN_PUBLIC_URL": "https://staging.spacegarden.example",
        "SPACEGARDEN_ADMIN_KEY_SECRET_ID": _SECRET,
        "SPACEGARDEN_CHAINS": _chains(_CHAIN),
    }.items():
        monkeypatch.setenv(name, value)
    _forget()
    resources.create_missing()
    _store_admin_key("first")
    yield platform
    monkeypatch.undo()
    _forget()


def _chains(name: str) -> str:
    """The embedded chain under a name of a deployed stage's."""
    rpc_url = os.environ["SPACEGARDEN_CHAIN_RPC"]
    return json.dumps({name: {"rpc_url": rpc_url, "explorer_url": "https://explorer.example/{hash}"}})


def _forget() -> None:
    settings.cache_clear()
    node_of.cache_clear()
    forget_secrets()


def _store_admin_key(value: str) -> None:
    secrets = aws.client("secretsmanager")
    try:
        secrets.create_secret(Name=_SECRET, SecretString=value)
    except secrets.exceptions.ResourceExistsException:
        secrets.put_secret_value(SecretId=_SECRET, SecretString=value)


def test_a_new_admin_key_needs_no_deployment(staging: Platform) -> None:
    assert staging.call("GET", "/admin/queues", key="first").status == 200
    _store_admin_key("second")
    forget_secrets()  # as a minute does
    assert staging.call("GET", "/admin/queues", key="first").status == 401
    assert staging.call("GET", "/admin/queues", key="second").status == 200


def test_deep_health_asks_what_the_stage_stands_on(staging: Platform) -> None:
    aws.client("dynamodb").create_table(
        TableName="spacegarden-staging-partners",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    try:
        assert staging.call("GET", "/health/deep").status == 200
    finally:
        aws.client("dynamodb").delete_table(TableName="spacegarden-staging-partners")


def test_each_chain_of_which_a_signer_pays_is_measured(staging: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    create_kms_key(aws.client("kms"), signer_alias(_CHAIN))
    staging.pump.tick("sweep_chain")
    [line] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert_is_embedded_metric(line)
    assert (line["stage"], line["chain"], line["signer_balance"]) == ("staging", _CHAIN, 0)


def test_a_signers_key_is_never_made_by_a_deployed_function(
    staging: Platform, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACEGARDEN_CHAINS", _chains("other"))
    _forget()
    staging.pump.tick("sweep_chain")
    assert capsys.readouterr().out == "", "without a key there is no balance, and the sweep goes on"
    aliases = aws.client("kms").list_aliases()["Aliases"]
    assert signer_alias("other") not in {alias["AliasName"] for alias in aliases}


def test_the_queues_are_measured(staging: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    staging.pump.tick("measure_queues")
    measured = [json.loads(line)["queue"] for line in capsys.readouterr().out.splitlines()]
    assert measured == [queue.name for queue in resources.QUEUES]


def test_a_message_that_nobody_understands_is_buried_by_its_worker(platform: Platform) -> None:
    empty_queues()
    fill(JOBS.full_name, "not a message", group="any")
    platform.drain()
    assert [body for body, _ in take_all(JOBS.dead_letter_name)] == ["not a message"]
