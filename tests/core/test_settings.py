"""Settings from the environment: typed, and each wrong one named."""

import json

import pytest

from chalicelib.core.settings import SettingsError, read_settings

DEPLOYED = {
    "SPACEGARDEN_STAGE": "prod",
    "SPACEGARDEN_PUBLIC_URL": "https://spacegarden.example",
    "SPACEGARDEN_ADMIN_KEY_SECRET_ID": "admin-key",
}
CHAIN = {"rpc_url": "https://rpc.example", "chain_id": 137, "explorer_url": "https://scan.example/tx/{hash}"}


def test_an_empty_environment_is_a_local_run() -> None:
    settings = read_settings({})
    assert settings.is_local
    assert settings.prefix == "spacegarden-dev-"
    assert settings.default_chain == "local"
    assert settings.chain_named("local") is None  # until a node is named


def test_variables_are_read_with_their_types() -> None:
    settings = read_settings(
        {
            "SPACEGARDEN_SECONDS_SCALE": "0.001",
            "SPACEGARDEN_EGRESS_PORTS": "443, 8443",
            "SPACEGARDEN_EGRESS_DENIED": "2a05:d014::/36, 93.184.215.0/24",
            "SPACEGARDEN_CHAIN_RPC": "http://127.0.0.1:8545",
            "SPACEGARDEN_PUBLIC_URL": "",
            "UNRELATED": "x",
        }
    )
    assert settings.scaled(5) == 0.005
    assert settings.egress_ports == {443, 8443}
    assert [str(network) for network in settings.egress_denied] == ["2a05:d014::/36", "93.184.215.0/24"]
    assert settings.public_url == "http://127.0.0.1:8000"  # an empty variable is an absent one
    chain = settings.chain_named("local")
    assert chain is not None
    assert chain.rpc_url == "http://127.0.0.1:8545"


def test_a_deployed_stage_has_its_own_chains_and_no_local_one() -> None:
    settings = read_settings(
        {**DEPLOYED, "SPACEGARDEN_CHAINS": json.dumps({"polygon": CHAIN}), "SPACEGARDEN_CHAIN_RPC": "x"}
    )
    assert not settings.is_local
    assert settings.default_chain == "polygon"
    assert settings.chain_named("local") is None
    polygon = settings.chain_named("polygon")
    assert polygon is not None
    assert (polygon.chain_id, polygon.confirmations) == (137, 1)


def test_a_chain_has_one_node_or_several_in_order() -> None:
    several = {"rpc_urls": ["https://first.example", "https://second.example"], "explorer_url": "x"}
    chains = json.dumps({"one": CHAIN, "several": several})
    settings = read_settings({"SPACEGARDEN_CHAINS": chains})
    assert settings.chains["one"].urls == ("https://rpc.example",)
    assert settings.chains["several"].urls == ("https://first.example", "https://second.example")
    for wrong in ({"explorer_url": "x"}, {**several, "rpc_url": "https://third.example"}):
        with pytest.raises(SettingsError, match="rpc_url"):
            read_settings({"SPACEGARDEN_CHAINS": json.dumps({"wrong": wrong})})


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SPACEGARDEN_SECONDS_SCALE": "soon"}, "SPACEGARDEN_SECONDS_SCALE"),
        ({"SPACEGARDEN_SECONDS_SCALE": "0"}, "SPACEGARDEN_SECONDS_SCALE"),
        ({"SPACEGARDEN_EGRESS_PORTS": "http"}, "SPACEGARDEN_EGRESS_PORTS"),
        ({"SPACEGARDEN_CHAINS": "{"}, "SPACEGARDEN_CHAINS"),
        ({"SPACEGARDEN_CHAINS": '{"polygon": {}}'}, "SPACEGARDEN_CHAINS"),
        ({**DEPLOYED, "SPACEGARDEN_ADMIN_KEY_SECRET_ID": ""}, "SPACEGARDEN_ADMIN_KEY_SECRET_ID"),
        ({**DEPLOYED, "SPACEGARDEN_PUBLIC_URL": "http://spacegarden.example"}, "SPACEGARDEN_PUBLIC_URL"),
    ],
)
def test_a_wrong_variable_is_named(changes: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        read_settings(changes)


def test_a_wrong_value_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as refusal:
        read_settings({"SPACEGARDEN_SECONDS_SCALE": "hunter2"})
    assert "hunter2" not in str(refusal.value)


def test_timezone_of_dreamspace_has_a_name_of_its_own() -> None:
    assert read_settings({"DREAMSPACE_TIMEZONE": "Australia/Sydney"}).dreamspace_timezone == "Australia/Sydney"
    assert read_settings({"SPACEGARDEN_DREAMSPACE_TIMEZONE": "Mars/Olympus"}).dreamspace_timezone == "UTC"


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "/etc/localtime", "+10:00", "x" * 500])
def test_unknown_timezone_names_its_variable(name: str) -> None:
    with pytest.raises(SettingsError, match="DREAMSPACE_TIMEZONE"):
        read_settings({"DREAMSPACE_TIMEZONE": name})


@pytest.mark.parametrize("stage", [{}, {"SPACEGARDEN_STAGE": "dev"}])
def test_lambda_refuses_to_be_a_local_run(stage: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="SPACEGARDEN_STAGE"):
        read_settings({"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", **stage})
