"""Fixed addresses of the workers that call partners: in the template where the stage asks, and told to partners."""

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core.settings import settings
from infra.template.assembled import template_of
from tests.package.checks import complaints
from tests.package.conftest import STAGE
from tests.platform import Platform

_CALLERS = {"DeliverWebhooks", "DeliverSlowWebhooks", "VerifyUsers"}
_ASKED = {"SPACEGARDEN_STATIC_EGRESS": "on"}


@pytest.fixture(scope="module")
def behind_gateways() -> dict[str, Any]:
    return template_of(STAGE, variables=_ASKED)


def _of(template: dict[str, Any], kind: str) -> dict[str, Any]:
    return {name: each["Properties"] for name, each in template["Resources"].items() if each["Type"].endswith(kind)}


def _statements(template: dict[str, Any], function: str) -> set[str]:
    role = template["Resources"][f"{function}Role"]["Properties"]
    return {each["Sid"] for each in role["Policies"][0]["PolicyDocument"]["Statement"]}


def test_cfn_lint_finds_nothing(behind_gateways: dict[str, Any], template: dict[str, Any], tmp_path: Path) -> None:
    del template  # its making installs the tools
    path = tmp_path / "template.json"
    path.write_text(json.dumps(behind_gateways))
    assert complaints(path) == ""


def test_a_stage_that_does_not_ask_has_none_of_it(sam_template: dict[str, Any]) -> None:
    text = json.dumps(sam_template)
    assert [word for word in ("AWS::EC2", "VpcConfig", "ec2:", "EGRESS") if word in text] == []


def test_the_workers_that_call_partners_are_behind_two_gateways(
    behind_gateways: dict[str, Any], sam_template: dict[str, Any]
) -> None:
    functions = _of(behind_gateways, "::Function")
    assert {name for name, each in functions.items() if "VpcConfig" in each} == _CALLERS
    assert len(_of(behind_gateways, "::NatGateway")) == len(_of(behind_gateways, "::EIP")) == 2
    for name in functions:
        more = _statements(behind_gateways, name) - _statements(sam_template, name)
        assert more == ({"StandInTheNetwork"} if name in _CALLERS else set()), name


def test_their_subnets_lead_out_by_the_gateways_alone(behind_gateways: dict[str, Any]) -> None:
    functions, routes = _of(behind_gateways, "::Function"), _of(behind_gateways, "::Route")
    subnets = {each["Ref"] for name in _CALLERS for each in functions[name]["VpcConfig"]["SubnetIds"]}
    tables = {
        each["SubnetId"]["Ref"]: each["RouteTableId"]["Ref"]
        for each in _of(behind_gateways, "::SubnetRouteTableAssociation").values()
    }
    gateways = _of(behind_gateways, "::NatGateway")
    for subnet in subnets:
        [out] = [each for each in routes.values() if each["RouteTableId"]["Ref"] == tables[subnet]]
        public = gateways[out["NatGatewayId"]["Ref"]]["SubnetId"]["Ref"]
        [beyond] = [each for each in routes.values() if each["RouteTableId"]["Ref"] == tables[public]]
        assert beyond["GatewayId"] == {"Ref": "EgressDoor"}
        zones = [behind_gateways["Resources"][each]["Properties"]["AvailabilityZone"] for each in (subnet, public)]
        assert zones[0] == zones[1]
    assert len({tables[subnet] for subnet in subnets}) == 2


def test_every_function_is_told_the_addresses(behind_gateways: dict[str, Any]) -> None:
    addresses = {"Fn::Join": [",", [{"Ref": name} for name in sorted(_of(behind_gateways, "::EIP"))]]}
    for each in _of(behind_gateways, "::Function").values():
        assert each["Environment"]["Variables"]["SPACEGARDEN_EGRESS_ADDRESSES"] == addresses


def test_partners_are_told_the_addresses(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    changing = platform.call("GET", "/egress.json")
    assert (changing.status, changing.json) == (200, {"fixed": False, "addresses": []})
    monkeypatch.setenv("SPACEGARDEN_EGRESS_ADDRESSES", "198.51.100.7,198.51.100.8")
    settings.cache_clear()
    try:
        fixed = platform.call("GET", "/egress.json").json
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert fixed == {"fixed": True, "addresses": ["198.51.100.7/32", "198.51.100.8/32"]}
