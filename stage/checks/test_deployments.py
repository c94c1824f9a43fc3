"""Deployments that fail, and what comes after them: a second stage, `prod`, on the account of the first."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session

from infra.code_bucket import Refused
from infra.deploy import Deployment, DeploymentFailed
from infra.package import Package, package
from stage.checks.conftest import DeployedStage
from stage.emulator.process import REGION, owner_session
from stage.world import MACHINE

pytestmark = pytest.mark.long
_STAGE, _STACK = "prod", "spacegarden-prod"
# More than the account may reserve, as in an account with a low limit of concurrency.
_TOO_MANY = {"FastWebhookConcurrency": "950"}
_SETTINGS = {
    "MailSender": "notices@spacegarden.test",
    "PolygonNode": "https://node.example.com",
    "FastWebhookConcurrency": "20",
    "SlowWebhookConcurrency": "10",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The package of the second stage."""
    return package(_STAGE, machine=MACHINE, build=tmp_path_factory.mktemp("build"))


@pytest.fixture
def deployment(stage: DeployedStage) -> Deployment:
    """The second stage's deployment, by the account's owner."""
    return Deployment(_STAGE, stage.session)


def _stack(stage: DeployedStage) -> dict[str, Any]:
    [described] = stage.session.create_client("cloudformation").describe_stacks(StackName=_STACK)["Stacks"]
    return dict(described)


def _tables(stage: DeployedStage) -> list[str]:
    pages = stage.session.create_client("dynamodb").get_paginator("list_tables").paginate()
    return [name for page in pages for name in page["TableNames"] if name.startswith(f"{_STACK}-")]


def test_a_first_deployment_that_fails_says_why_and_the_second_succeeds_without_help(
    stage: DeployedStage, deployment: Deployment, made: Package
) -> None:
    with pytest.raises(DeploymentFailed) as refusal:
        deployment.run(made, _SETTINGS | _TOO_MANY)
    _, first, *_ = str(refusal.value).splitlines()
    assert first.startswith("DeliverWebhooks: Specified ReservedConcurrentExecutions for function decreases account's")
    assert _stack(stage)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert _tables(stage) == [], "nothing stands in the next one's way"
    outputs = deployment.run(made, _SETTINGS)
    assert outputs["PublicUrl"].startswith("https://")
    assert _stack(stage)["StackStatus"] == "UPDATE_COMPLETE"
    dynamodb = stage.session.create_client("dynamodb")
    for name in _tables(stage):
        assert dynamodb.describe_table(TableName=name)["Table"]["DeletionProtectionEnabled"] is True, name


def test_an_update_that_fails_is_taken_back_and_the_next_succeeds(
    stage: DeployedStage, deployment: Deployment, made: Package
) -> None:
    before = _parameters(stage)
    with pytest.raises(DeploymentFailed, match="DeliverWebhooks: Specified ReservedConcurrentExecutions"):
        deployment.run(made, _TOO_MANY | {"Canary": "off"})
    assert _stack(stage)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert _parameters(stage)["FastWebhookConcurrency"] == before["FastWebhookConcurrency"]
    deployment.run(made, {"FastWebhookConcurrency": "30", "Canary": "off"})
    assert _parameters(stage)["FastWebhookConcurrency"] == "30"
    reserved = stage.session.create_client("lambda").get_function_concurrency(FunctionName=f"{_STACK}-deliver-webhooks")
    assert reserved["ReservedConcurrentExecutions"] == 30


def _parameters(stage: DeployedStage) -> dict[str, str]:
    return {each["ParameterKey"]: each["ParameterValue"] for each in _stack(stage)["Parameters"]}


def test_a_stack_that_is_deleted_leaves_its_data_and_says_so_where_it_is_made_again(
    stage: DeployedStage, deployment: Deployment, made: Package
) -> None:
    cloudformation = stage.session.create_client("cloudformation")
    cloudformation.delete_stack(StackName=_STACK)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=_STACK, WaiterConfig={"Delay": 1})
    kept = _tables(stage)
    assert kept, "tables outlive their stack"
    with pytest.raises(DeploymentFailed) as refusal:
        deployment.run(made, _SETTINGS)
    assert "already exists" in str(refusal.value)
    assert "An earlier stack of this name left" in str(refusal.value)
    assert _tables(stage) == kept, "what was there before is not taken back"
    _remove_data(stage)
    deployment.run(made, _SETTINGS)
    assert _stack(stage)["StackStatus"] == "UPDATE_COMPLETE"


def _remove_data(stage: DeployedStage) -> None:
    """What docs/operations.md, Tear-down, says."""
    dynamodb, sqs = (stage.session.create_client(name) for name in ("dynamodb", "sqs"))
    for name in _tables(stage):
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
        dynamodb.delete_table(TableName=name)
    for url in sqs.list_queues(QueueNamePrefix=f"{_STACK}-").get("QueueUrls", ()):
        sqs.delete_queue(QueueUrl=url)
    kms = stage.session.create_client("kms")
    for alias in kms.list_aliases()["Aliases"]:
        if alias["AliasName"].startswith(f"alias/{_STACK}-"):
            kms.schedule_key_deletion(KeyId=alias["TargetKeyId"])
            kms.delete_alias(AliasName=alias["AliasName"])
    s3 = stage.session.create_client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        if bucket["Name"].startswith(f"{_STACK}-"):
            s3.delete_bucket(Bucket=bucket["Name"])
    secrets = stage.session.create_client("secretsmanager")
    for secret in secrets.list_secrets()["SecretList"]:
        if secret["Name"].startswith(f"{_STACK}-"):
            secrets.delete_secret(SecretId=secret["Name"], ForceDeleteWithoutRecovery=True)


def test_a_bucket_of_another_account_gets_no_package(stage: DeployedStage, tmp_path: Path) -> None:
    """It has the name that ours would have, and is open to everybody."""
    mine, theirs = "222222222222", "333333333333"
    bucket = f"spacegarden-code-{mine}-{REGION}"
    s3 = _session(stage, theirs).create_client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.delete_public_access_block(Bucket=bucket)
    everything = {"Effect": "Allow", "Principal": "*", "Action": "s3:*"}
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    s3.put_bucket_policy(
        Bucket=bucket,
        Policy=json.dumps({"Version": "2012-10-17", "Statement": [{**everything, "Resource": resources}]}),
    )
    zipped, template = tmp_path / "zip", tmp_path / "template.json"
    zipped.write_bytes(b"a zip")
    template.write_text(json.dumps({"Parameters": {}, "Resources": {}}))
    with pytest.raises(Refused, match="belongs to another account"):
        Deployment("any", _session(stage, mine)).run(Package(template, zipped), {})
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def _session(stage: DeployedStage, account: str) -> Session:
    """A session of another account's owner; the emulator knows it by its access key."""
    session = owner_session(stage.about.emulator)
    session.set_credentials(account, "any-secret")
    return session
