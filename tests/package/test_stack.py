"""The stack: made by an engine from the template, and found complete by the packed functions."""

import copy
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib import inventory
from chalicelib.core import aws
from chalicelib.core.settings import settings
from infra.lambda_runtime import Function
from tests.package import aws_bridge
from tests.package.gateway_events import request
from tests.platform import Platform

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("AWS_ENDPOINT_URL")), reason="the embedded engine alone makes stacks of every kind of resource"
)
_STACK = "spacegarden-prod"
_PREFIX = "spacegarden-prod-"
# moto reads no body of an API, so that what stands on its routes cannot be made.
_BEYOND_MOTO = frozenset({"AWS::ApiGateway::Deployment", "AWS::ApiGateway::Stage", "AWS::ApiGateway::BasePathMapping"})


@pytest.fixture(scope="module")
def stack(platform: Platform, template: dict[str, Any]) -> Iterator[dict[str, str]]:
    """The stack's physical ids, by logical id."""
    del platform
    possible = copy.deepcopy(template)
    possible["Resources"] = {
        name: resource for name, resource in template["Resources"].items() if resource["Type"] not in _BEYOND_MOTO
    }
    possible["Outputs"] = {}
    aws.client("s3").create_bucket(
        Bucket="code", CreateBucketConfiguration={"LocationConstraint": aws.client("s3").meta.region_name}
    )
    aws.client("s3").put_object(Bucket="code", Key="zip", Body=b"PK\x05\x06" + bytes(18))
    cloudformation = aws.client("cloudformation")
    given = {"CodeBucket": "code", "CodeKey": "zip"}
    cloudformation.create_stack(
        StackName=_STACK,
        TemplateBody=json.dumps(possible),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    described = cloudformation.get_paginator("list_stack_resources").paginate(StackName=_STACK)
    yield {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in described
        for resource in page["StackResourceSummaries"]
    }


@pytest.fixture(scope="module")
def variables(stack: dict[str, str], sam_template: dict[str, Any]) -> Iterator[dict[str, str]]:
    """The API function's environment as the stack sets it, with the engine behind."""
    region = aws.client("s3").meta.region_name
    with aws_bridge.endpoint() as address:
        own = sam_template["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]
        yield {
            **{name: _filled_in(value, stack) for name, value in own.items()},
            "AWS_ENDPOINT_URL": address,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ACCESS_KEY_ID": "packed",
            "AWS_SECRET_ACCESS_KEY": "packed",
        }


def _filled_in(value: Any, stack: dict[str, str]) -> str:
    if isinstance(value, str):
        return value
    if "Fn::Sub" in value:
        return stack["MetadataBucket"]
    return stack.get(value.get("Ref", ""), "https://api.example.com")


def test_it_has_the_tables_and_queues_of_the_code(stack: dict[str, str]) -> None:
    assert stack
    tables = aws.client("dynamodb").list_tables()["TableNames"]
    assert {f"{_PREFIX}{row.table}" for row in inventory.rows()} <= set(tables)
    for queue in inventory.queues():
        name = queue.full_name.replace(settings().prefix, _PREFIX)
        url = aws.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
        attributes = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] in (5, "5")
        assert attributes.get("FifoQueue", "false") == ("true" if queue.fifo else "false")


def test_rows_expire_in_it(stack: dict[str, str]) -> None:
    described = aws.client("dynamodb").describe_time_to_live(TableName=stack["IdempotencyTable"])
    assert described["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}


def test_the_packed_api_finds_all_it_stands_on(task: Path, variables: dict[str, str]) -> None:
    with Function(task, "app.app", variables) as function:
        answer = function.invoke(request("GET", "/health/deep"))
        assert (answer["statusCode"], json.loads(answer["body"])) == (
            200,
            {"status": "ok", "tables": "ok", "queues": "ok", "storage": "ok"},
        )


def test_the_packed_api_takes_the_admin_key_that_the_stack_made(task: Path, variables: dict[str, str]) -> None:
    secret = aws.client("secretsmanager").get_secret_value(SecretId=f"{_PREFIX}admin-key")["SecretString"]
    assert len(secret) >= 48
    body = {"origin": "first", "display_name": "First"}
    with Function(task, "app.app", variables) as function:
        for key, status in ((settings().admin_key, 401), (secret, 200)):
            headers = {"Authorization": f"Bearer {key}"}
            answer = function.invoke(request("POST", "/admin/partners", headers=headers, body=body))
            assert answer["statusCode"] == status, answer
