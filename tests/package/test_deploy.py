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
from infra.dependencies import ROOT
from infra.deploy import Deployment
from infra.package import Package
from tests.platform import Platform

embedded = pytest.mark.skipif(
    bool(os.environ.get("AWS_ENDPOINT_URL")), reason="the embedded engine alone knows change sets"
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


@embedded
def test_a_first_deployment_tells_the_functions_their_address(platform: Platform, tmp_path: Path) -> None:
    del platform
    stage = random_token(8)
    deployment = Deployment(stage, botocore.session.get_session())
    outputs = deployment.run(_package(tmp_path, One=_queue(f"one-{stage}")), {})
    assert outputs["PublicUrl"] == "https://abc.execute-api.example/api"


@embedded
def test_a_second_deployment_keeps_parameters_and_adds_what_is_new(platform: Platform, tmp_path: Path) -> None:
    del platform
    stage = random_token(8)
    session = botocore.session.get_session()
    deployment = Deployment(stage, session)
    deployment.run(_package(tmp_path, One=_queue(f"one-{stage}")), {"PublicUrl": "https://api.example.com"})
    outputs = deployment.run(_package(tmp_path, One=_queue(f"one-{stage}"), Two=_queue(f"two-{stage}")), {})
    assert outputs["PublicUrl"] == "https://api.example.com"
    made = session.create_client("cloudformation").list_stack_resources(StackName=f"spacegarden-{stage}")
    assert {resource["LogicalResourceId"] for resource in made["StackResourceSummaries"]} == {"One", "Two"}


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
