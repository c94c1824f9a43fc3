"""Deploying: what CloudFormation is asked, and what is said where it cannot be."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from chalicelib.core.ids import random_token
from infra.chalice_template import deployable
from infra.dependencies import ROOT, PackagingFailed
from infra.deploy import Deployment, DeploymentFailed, deploy
from infra.package import Package
from tests.package.accounts import Account


@pytest.fixture
def session(account: Account, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A developer's session in the account."""
    for name, value in account.variables.items():
        monkeypatch.setenv(name, value)
    return botocore.session.get_session()


_WITH_NODE = {name: {"Type": "String", "Default": ""} for name in ("CodeBucket", "CodeKey", "PublicUrl", "Node")}
_CONFIGURATION_WITHOUT_NODE = json.dumps(
    {
        "stages": {
            "prod": {"environment_variables": {"SPACEGARDEN_STAGE": "prod", "SPACEGARDEN_CHAINS": '{"polygon": {}}'}}
        }
    }
)


def _package(folder: Path, **resources: Any) -> Package:
    template = {
        "Parameters": {
            "CodeBucket": {"Type": "String"},
            "CodeKey": {"Type": "String"},
            "PublicUrl": {"Type": "String", "Default": "https://not-known-yet.invalid"},
        },
        "Resources": resources,
        "Outputs": {
            "EndpointURL": {"Value": "https://abc.execute-api.example/api/"},
            "PublicUrl": {"Value": {"Ref": "PublicUrl"}},
        },
    }
    made = Package(folder / "template.json", folder / "code.zip")
    made.template.write_text(json.dumps(template))
    made.code.write_bytes(b"a zip")
    return made


def _queue(name: str) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}


def test_a_first_deployment_makes_the_stack_from_uploaded_code(account: Account, session: Any, tmp_path: Path) -> None:
    stage = random_token(8)
    Deployment(stage, session).run(_package(tmp_path, One=_queue(f"one-{stage}")), {})
    assert _resources(account, stage) == {"One"}
    parameters = _parameters(account, stage)
    code = account.client("s3").get_object(Bucket=parameters["CodeBucket"], Key=parameters["CodeKey"])
    assert code["Body"].read() == b"a zip"


def test_a_second_deployment_keeps_parameters_and_adds_what_is_new(
    account: Account, session: Any, tmp_path: Path
) -> None:
    stage = random_token(8)
    deployment = Deployment(stage, session)
    deployment.run(_package(tmp_path, One=_queue(f"one-{stage}")), {"PublicUrl": "https://api.example.com"})
    deployment.run(_package(tmp_path, One=_queue(f"one-{stage}"), Two=_queue(f"two-{stage}")), {})
    assert _resources(account, stage) == {"One", "Two"}
    assert _parameters(account, stage)["PublicUrl"] == "https://api.example.com"


def test_without_a_domain_the_functions_are_told_the_address_that_the_stack_got(
    account: Account, session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = random_token(8)
    # moto gives a stack no outputs.
    outputs = {"EndpointURL": "https://abc.execute-api.example/api/", "PublicUrl": "https://not-known-yet.invalid"}
    monkeypatch.setattr(Deployment, "_outputs", lambda _: outputs)
    Deployment(stage, session).run(_package(tmp_path, One=_queue(f"one-{stage}")), {})
    assert _parameters(account, stage)["PublicUrl"] == "https://abc.execute-api.example/api"


def test_what_the_operator_must_choose_is_asked_for_before_anything_is_made(
    session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as environment:
        environment.delenv("AWS_DEFAULT_REGION")  # AWS_REGION does, as for AWS's own command
        with pytest.raises(
            DeploymentFailed, match=r'ARGS="MailSender=… PolygonNode=…"(?s:.)*node of the chain polygon'
        ):
            deploy("prod", {"AlarmEmail": "you@example.com"})
    with pytest.raises(DeploymentFailed, match="choose them") as refusal:
        deploy("staging", {})
    assert "Node" not in str(refusal.value), "the node of a test chain is anybody's"
    stage, known = random_token(8), {"Node": {"Default": "https://node.example", "Description": "A node"}}
    deployment = Deployment(stage, session)
    deployment.require_choices(known, {"Node": "https://node.example.com"})
    made = _package(tmp_path, One=_queue(f"one-{stage}"))
    made.template.write_text(json.dumps(json.loads(made.template.read_text()) | {"Parameters": _WITH_NODE}))
    deployment.run(made, {"Node": "https://node.example.com"})
    deployment.require_choices(known, {})  # kept from the last deployment


def test_settings_that_the_functions_would_refuse_are_not_packaged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_text", lambda _: _CONFIGURATION_WITHOUT_NODE)
    with pytest.raises(PackagingFailed, match=r"prod.*config\.json.*SPACEGARDEN_CHAINS"):
        deployable("prod")


def _resources(account: Account, stage: str) -> set[str]:
    listed = account.client("cloudformation").list_stack_resources(StackName=f"spacegarden-{stage}")
    return {resource["LogicalResourceId"] for resource in listed["StackResourceSummaries"]}


def _parameters(account: Account, stage: str) -> dict[str, str]:
    [stack] = account.client("cloudformation").describe_stacks(StackName=f"spacegarden-{stage}")["Stacks"]
    return {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack["Parameters"]}


def test_without_credentials_it_says_so_in_a_sentence(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": "eu-central-1",
    }
    command = [sys.executable, "-m", "infra.deploy", "prod"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "There is no AWS account to deploy to: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
        "and AWS_REGION."
    )


@pytest.mark.parametrize("text", ["DomainName", "CodeKey=x"], ids=["no value", "not ours to set"])
def test_a_wrong_parameter_is_refused_before_anything_is_made(text: str) -> None:
    command = [sys.executable, "-m", "infra.deploy", "prod", text]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "not NAME=VALUE" in done.stderr
