"""The stack: made by an engine from the template, and found complete by the packed functions."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib import inventory
from chalicelib.core.settings import settings
from infra.lambda_runtime import Function
from infra.template.release import ALIAS
from tests.package import accounts
from tests.package.accounts import Account
from tests.package.gateway_events import request

_EMPTY_ZIP = b"PK\x05\x06" + bytes(18)
_STACK = "spacegarden-prod"
_PREFIX = "spacegarden-prod-"
# moto reads no body of an API, so that what stands on its routes cannot be made; and it fails at a version's number,
# which aliases and alarms ask for, and what calls a function by its alias. `make test-stage` has them all.
_BEYOND_MOTO = frozenset(
    {
        "AWS::ApiGateway::BasePathMapping",
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::Stage",
        "AWS::CloudWatch::Alarm",
        "AWS::CodeDeploy::Application",
        "AWS::CodeDeploy::DeploymentGroup",
        "AWS::Events::Rule",
        "AWS::Lambda::Alias",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Permission",
        "AWS::Lambda::Version",
    }
)


@pytest.fixture(scope="module")
def stack(account: Account, template: dict[str, Any]) -> dict[str, str]:
    """The stack's physical ids, by logical id."""
    possible = copy.deepcopy(template)
    made = {name: resource for name, resource in template["Resources"].items() if resource["Type"] not in _BEYOND_MOTO}
    # The gateway calls the function without its alias, then; and the translation has filled in where the code is.
    text = json.dumps(made).replace(f"Alias{ALIAS}}}", "}")
    possible["Resources"] = json.loads(text.replace('"CodeBucket"', '"code"').replace('"CodeKey"', '"zip"'))
    for resource in possible["Resources"].values():
        if resource["Type"] == "AWS::KMS::Key":
            del resource["Properties"]["Tags"]  # moto fails at the form that CloudFormation wants
    possible["Outputs"] = {}
    account.client("s3").create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": accounts.REGION})
    account.client("s3").put_object(Bucket="code", Key="zip", Body=_EMPTY_ZIP)
    cloudformation = account.client("cloudformation")
    given = {"CodeBucket": "code", "CodeKey": "zip"}
    cloudformation.create_stack(
        StackName=_STACK,
        TemplateBody=json.dumps(possible),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    [made] = cloudformation.describe_stacks(StackName=_STACK)["Stacks"]
    assert made["StackStatus"] == "CREATE_COMPLETE", made
    described = cloudformation.get_paginator("list_stack_resources").paginate(StackName=_STACK)
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in described
        for resource in page["StackResourceSummaries"]
    }


@pytest.fixture(scope="module")
def variables(account: Account, stack: dict[str, str], sam_template: dict[str, Any]) -> dict[str, str]:
    """The API function's environment as the stack sets it."""
    own = sam_template["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]
    defaults = {name: str(each["Default"]) for name, each in sam_template["Parameters"].items() if "Default" in each}
    return {**{name: _filled_in(value, {**defaults, **stack}) for name, value in own.items()}, **account.variables}


def _filled_in(value: Any, stack: dict[str, str]) -> str:
    if isinstance(value, str):
        return value
    if "${PolygonNode}" in value.get("Fn::Sub", ""):
        return str(value["Fn::Sub"]).replace("${PolygonNode}", "https://node.example.com")
    if "Fn::Sub" in value:
        return stack["MetadataBucket"]
    if "Fn::If" in value:
        return "https://api.example.com"
    name = str(value["Ref"])
    return stack.get(name, name)


def test_it_has_the_tables_and_queues_of_the_code(account: Account, stack: dict[str, str]) -> None:
    assert stack
    tables = account.client("dynamodb").list_tables()["TableNames"]
    assert {f"{_PREFIX}{row.table}" for row in inventory.rows()} <= set(tables)
    for queue in inventory.queues():
        name = queue.full_name.replace(settings().prefix, _PREFIX)
        url = account.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
        attributes = account.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] in (5, "5")
        assert attributes.get("FifoQueue", "false") == ("true" if queue.fifo else "false")


def test_the_packed_api_finds_all_it_stands_on(task: Path, variables: dict[str, str]) -> None:
    with Function(task, "app.app", variables) as function:
        answer = function.invoke(request("GET", "/health/deep"))
        assert (answer["statusCode"], json.loads(answer["body"])) == (
            200,
            {"status": "ok", "tables": "ok", "queues": "ok", "storage": "ok"},
        )


def test_the_packed_api_takes_the_admin_key_of_the_secret_and_no_other(
    account: Account, task: Path, variables: dict[str, str]
) -> None:
    # moto makes no secrets from a template.
    account.client("secretsmanager").create_secret(
        Name=variables["SPACEGARDEN_ADMIN_KEY_SECRET_ID"], SecretString="made by the stack"
    )
    body = {"origin": "first", "display_name": "First"}
    with Function(task, "app.app", variables) as function:
        for key, status in ((settings().admin_key, 401), ("made by the stack", 200)):
            headers = {"Authorization": f"Bearer {key}"}
            answer = function.invoke(request("POST", "/admin/partners", headers=headers, body=body))
            assert answer["statusCode"] == status, answer
