"""Deploying: what CloudFormation is asked, and what is said where it cannot be."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse

from chalicelib.core.ids import random_token
from infra import ROOT
from infra.code_bucket import Refused
from infra.deploy import Deployment, DeploymentFailed, deploy
from infra.package import Package
from infra.template.chalice_template import deployable
from infra.zip.dependencies import PackagingFailed
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


@contextmanager
def answering(client: Any, operation: str, *answers: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """CloudFormation gives these answers in turn, and then its own; yields what it was asked."""
    waiting, asked = list(answers), []

    def answer(params: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        asked.append(params["body"])
        if not waiting:
            return None
        return AWSResponse("https://cloudformation.example", 200, {}, None), waiting.pop(0)

    event = f"before-call.cloudformation.{operation}"
    client.meta.events.register(event, answer)
    yield asked
    client.meta.events.unregister(event, answer)


def _event(name: str, status: str, reason: str = "", *, age_seconds: float = 3600) -> dict[str, Any]:
    return {
        "LogicalResourceId": name,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
        "Timestamp": datetime.now(UTC) - timedelta(seconds=age_seconds),
    }


def _protectable(made: Package, table: str) -> Package:
    """The package of a table that is protected where the parameter says so."""
    template = json.loads(made.template.read_text())
    template["Parameters"]["TablesProtected"] = {"Type": "String", "Default": "no"}
    template["Conditions"] = {"Are": {"Fn::Equals": [{"Ref": "TablesProtected"}, "yes"]}}
    template["Resources"]["Table"] = {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": table,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "DeletionProtectionEnabled": {"Fn::If": ["Are", True, False]},
        },
    }
    made.template.write_text(json.dumps(template))
    return made


def test_tables_are_protected_once_they_are_made_and_from_then_on(
    account: Account, session: Any, tmp_path: Path
) -> None:
    stage = random_token(8)
    made = _protectable(_package(tmp_path), f"table-{stage}")
    deployment = Deployment(stage, session)
    with answering(deployment._cloudformation, "CreateChangeSet") as asked:
        deployment.run(made, {})
    given = [_given(body, "TablesProtected") for body in asked]
    assert given == ["no", "yes"]
    deployment.run(made, {"PublicUrl": "https://api.example.com"})
    assert _parameters(account, stage)["TablesProtected"] == "yes"


def test_no_older_release_reads_the_rows_of_a_new_stack_and_one_may_read_those_of_another(
    session: Any, tmp_path: Path
) -> None:
    given = {}
    for kind, first in (("new", True), ("old", False)):
        deployment = Deployment(random_token(8), session)
        address = {"PublicUrl": "https://x.example"}
        with answering(deployment._cloudformation, "CreateChangeSet") as asked:
            for knows in (first, True):
                made = _package(tmp_path, One=_queue(random_token(8)))
                if knows:
                    template = json.loads(made.template.read_text())
                    template["Parameters"]["OlderRelease"] = {"Type": "String", "Default": "1.0"}
                    made.template.write_text(json.dumps(template))
                deployment.run(made, address)
        given[kind] = [_given(body, "OlderRelease") for body in asked]
    assert given == {"new": ["none", None], "old": [None, None]}, "what is not given is kept, or the template's default"


def _releasable(made: Package) -> Package:
    """The package with the parameters that a release needs."""
    template = json.loads(made.template.read_text())
    template["Parameters"] |= {name: {"Type": "String", "Default": "on"} for name in ("Canary", "Release", "Setting")}
    made.template.write_text(json.dumps(template))
    return made


def test_a_stack_is_made_at_once_and_changed_with_a_share_first_unless_that_is_skipped(
    session: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deployment = Deployment(random_token(8), session)
    said = []
    with answering(deployment._cloudformation, "CreateChangeSet") as asked:
        for number, given in enumerate(({}, {}, {"Canary": "off"}, {})):
            resource = _queue(f"queue-{number}-{random_token(8)}")
            deployment.run(_releasable(_package(tmp_path, One=resource)), {"PublicUrl": "https://x.example", **given})
            said.append("a tenth of the calls" in capsys.readouterr().out)
    assert [_given(body, "Canary") for body in asked] == ["off", "on", "off", "on"]
    assert said == [False, True, False, True]


def test_code_and_settings_name_the_release_and_nothing_else_does(session: Any, tmp_path: Path) -> None:
    deployment = Deployment(random_token(8), session)
    made = _releasable(_package(tmp_path, One=_queue(random_token(8))))
    given: list[dict[str, str]] = [
        {"PublicUrl": "https://x.example"},
        {},
        {"Canary": "off"},
        {"PublicUrl": "https://x.example"},
        {"Setting": "another"},
        {},
    ]
    with answering(deployment._cloudformation, "CreateChangeSet") as asked:
        for each in given:
            deployment.run(made, each)
        made.code.write_bytes(b"another zip")
        deployment.run(made, {})
    first, *same, setting, kept, code = [_given(body, "Release") for body in asked]
    assert first is not None
    assert len(first) == 10, "SAM looks at ten characters"
    assert same == [first] * 3
    assert setting == kept != first
    assert code not in (first, setting)


def test_the_alarm_that_took_a_release_back_is_told(account: Account, session: Any) -> None:
    stage = random_token(8)
    deployment = Deployment(stage, session)
    cloudwatch = account.client("cloudwatch")
    for name, state in (("api-5xx", "ALARM"), ("api-slow", "OK")):
        cloudwatch.put_metric_alarm(
            AlarmName=f"spacegarden-{stage}-{name}",
            Namespace="any",
            MetricName="any",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
        cloudwatch.set_alarm_state(
            AlarmName=f"spacegarden-{stage}-{name}", StateValue=state, StateReason="a test", StateReasonData="{}"
        )
    failed = {"Stacks": [{"StackName": "x", "StackStatus": "UPDATE_ROLLBACK_COMPLETE"}]}
    events = {"StackEvents": [_event("Alias", "UPDATE_FAILED", "the deployment was stopped")]}
    client = deployment._cloudformation
    with (
        answering(client, "DescribeStacks", failed),
        answering(client, "DescribeStackEvents", events),
        pytest.raises(DeploymentFailed) as refusal,
    ):
        deployment._wait("stack_update_complete")
    assert str(refusal.value).splitlines()[1:] == [
        "Alias: the deployment was stopped",
        f"the alarm spacegarden-{stage}-api-5xx rings",
    ]


def _given(body: dict[str, str], name: str) -> str | None:
    """The value that a request to change the stack gives a parameter."""
    for key, value in body.items():
        if key.endswith(".ParameterKey") and value == name:
            return body.get(key.replace("ParameterKey", "ParameterValue"))
    return None


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED"])
def test_a_deployment_after_one_that_failed_begins_anew(
    account: Account, session: Any, tmp_path: Path, status: str
) -> None:
    stage = random_token(8)
    made = _package(tmp_path, One=_queue(f"one-{stage}"))
    deployment = Deployment(stage, session)
    deployment.run(made, {"PublicUrl": "https://old.example.com"})
    client = deployment._cloudformation
    failed = {"Stacks": [{"StackName": f"spacegarden-{stage}", "StackStatus": status, "Parameters": []}]}
    old = {"StackEvents": [_event(f"spacegarden-{stage}", status)]}
    with answering(client, "DescribeStacks", failed), answering(client, "DescribeStackEvents", old):
        deployment.run(made, {"PublicUrl": "https://new.example.com"})
    assert _parameters(account, stage)["PublicUrl"] == "https://new.example.com"
    stacks = account.client("cloudformation").list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
    assert f"spacegarden-{stage}" in {stack["StackName"] for stack in stacks}


def test_what_a_failed_creation_was_given_is_asked_for_again(session: Any) -> None:
    deployment = Deployment(random_token(8), session)
    given = [{"ParameterKey": "Node", "ParameterValue": "****"}]
    failed = {"Stacks": [{"StackName": "x", "StackStatus": "ROLLBACK_COMPLETE", "Parameters": given}]}
    known = {"Node": {"Default": "https://node.example", "Description": "A node"}}
    with (
        answering(deployment._cloudformation, "DescribeStacks", failed),
        pytest.raises(DeploymentFailed, match="Node=…"),
    ):
        deployment.require_choices(known, {})


@pytest.mark.parametrize(
    ("status", "said"),
    [("UPDATE_IN_PROGRESS", "Wait until that has ended"), ("UPDATE_ROLLBACK_FAILED", "is stuck")],
)
def test_a_stack_that_cannot_be_changed_is_left_alone(session: Any, tmp_path: Path, status: str, said: str) -> None:
    deployment = Deployment(random_token(8), session)
    stack = {"Stacks": [{"StackName": "x", "StackStatus": status}]}
    with answering(deployment._cloudformation, "DescribeStacks", stack), pytest.raises(DeploymentFailed, match=said):
        deployment.run(_package(tmp_path), {})


def test_the_reason_of_a_failure_is_told_however_many_events_came_after_it(session: Any) -> None:
    stage = random_token(8)
    deployment = Deployment(stage, session)
    cancelled = [_event(f"Queue{number}", "CREATE_FAILED", "Resource creation cancelled") for number in range(200)]
    newest = {"StackEvents": [_event(f"spacegarden-{stage}", "ROLLBACK_COMPLETE"), *cancelled[:99]], "NextToken": "2"}
    middle = {"StackEvents": cancelled[99:], "NextToken": "3"}
    oldest = {
        "StackEvents": [
            _event("Second", "CREATE_FAILED", "as a consequence"),
            _event("First", "CREATE_FAILED", "Specified ReservedConcurrentExecutions is too high"),
            _event("First", "CREATE_IN_PROGRESS"),
            _event(f"spacegarden-{stage}", "CREATE_IN_PROGRESS", "User Initiated"),
            _event("Earlier", "UPDATE_FAILED", "of an earlier change"),
        ]
    }
    failed = {"Stacks": [{"StackName": "x", "StackStatus": "ROLLBACK_COMPLETE"}]}
    client = deployment._cloudformation
    with (
        answering(client, "DescribeStacks", failed),
        answering(client, "DescribeStackEvents", newest, middle, oldest),
        pytest.raises(DeploymentFailed) as refusal,
    ):
        deployment._wait("stack_create_complete")
    assert str(refusal.value).splitlines()[1:] == [
        "First: Specified ReservedConcurrentExecutions is too high",
        "Second: as a consequence",
    ]


def test_names_that_an_earlier_stack_left_are_told_with_what_to_do(session: Any) -> None:
    stage = random_token(8)
    deployment = Deployment(stage, session)
    pointer = "Validation failed with 1 error(s). Call DescribeEvents to retrieve the full list of issues"
    failed = {"Stacks": [{"StackName": "x", "StackStatus": "ROLLBACK_COMPLETE"}]}
    told = {"StackEvents": [_event(f"spacegarden-{stage}", "CREATE_FAILED", pointer)]}

    def invalid(operation: str, name: str, *, age_seconds: float) -> dict[str, Any]:
        return {
            "EventType": "VALIDATION_ERROR",
            "OperationId": operation,
            "Timestamp": datetime.now(UTC) - timedelta(seconds=age_seconds),
            "LogicalResourceId": name,
            "ValidationStatusReason": "Resource already exists",
        }

    found = {"OperationEvents": [invalid("2", "NewTable", age_seconds=1), invalid("1", "OldTable", age_seconds=99)]}
    client = deployment._cloudformation
    with (
        answering(client, "DescribeStacks", failed),
        answering(client, "DescribeStackEvents", told),
        answering(client, "DescribeEvents", found),
        pytest.raises(DeploymentFailed) as refusal,
    ):
        deployment._wait("stack_create_complete")
    _, _, reason, advice = str(refusal.value).splitlines()
    assert reason == "NewTable: Resource already exists"
    assert "An earlier stack of this name left what holds data" in advice


def test_every_request_about_packages_names_the_owner_of_their_bucket(
    account: Account, session: Any, tmp_path: Path
) -> None:
    del account
    asked: list[tuple[str, Any]] = []

    def hear(model: Any, params: dict[str, Any], **_: Any) -> None:
        asked.append((model.name, params["headers"].get("x-amz-expected-bucket-owner")))

    session.register("before-call.s3", hear)
    Deployment(random_token(8), session).run(_package(tmp_path, One=_queue("any")), {})
    owners = {name: owner for name, owner in asked if name != "CreateBucket"}  # that one knows no owner yet
    assert {"HeadBucket", "PutObject"} <= set(owners)
    assert set(owners.values()) == {"123456789012"}


@pytest.mark.parametrize("code", ["403", "AccessDenied"])
def test_a_bucket_of_another_account_gets_nothing(session: Any, tmp_path: Path, code: str) -> None:
    uploads: list[str] = []

    def refuse(model: Any, **_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        if model.name == "HeadBucket":
            error = {"Error": {"Code": code, "Message": "Forbidden"}, "ResponseMetadata": {}}
            return AWSResponse("https://s3.example", 403, {}, None), error
        uploads.append(model.name)
        return None

    session.register("before-call.s3", refuse)
    with pytest.raises(Refused, match="belongs to another account"):
        Deployment(random_token(8), session).run(_package(tmp_path), {})
    assert uploads == []


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


@pytest.mark.parametrize("text", ["DomainName", "CodeKey=x", "TablesProtected=no", "Release=1"])
def test_a_wrong_parameter_is_refused_before_anything_is_made(text: str) -> None:
    command = [sys.executable, "-m", "infra.deploy", "prod", text]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "not NAME=VALUE" in done.stderr


def _ses(session: Any, *, verified: set[str], is_open: bool) -> None:
    """SES answers so."""

    def answer(model: Any, params: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        if model.name == "GetAccount":
            return AWSResponse("https://ses.example", 200, {}, None), {"ProductionAccessEnabled": is_open}
        identity = params["url_path"].rpartition("/")[2].replace("%40", "@")
        if identity not in verified:
            error = {"Error": {"Code": "NotFoundException", "Message": "none"}, "ResponseMetadata": {}}
            return AWSResponse("https://ses.example", 404, {}, None), error
        return AWSResponse("https://ses.example", 200, {}, None), {"VerifiedForSendingStatus": True}

    session.register("before-call.sesv2", answer)


@pytest.mark.parametrize(
    ("verified", "is_open", "said"),
    [
        ({"notices@example.com"}, True, []),
        ({"example.com"}, True, []),
        (set(), True, ["has not verified the sender notices@example.com"]),
        ({"example.com"}, False, ["is in its sandbox"]),
        ({"other.example.com"}, False, ["has not verified the sender", "is in its sandbox"]),
    ],
)
def test_what_keeps_letters_from_being_sent_is_told_first(
    session: Any, capsys: pytest.CaptureFixture[str], verified: set[str], is_open: bool, said: list[str]
) -> None:
    _ses(session, verified=verified, is_open=is_open)
    Deployment(random_token(8), session).warn_of_mail({"MailSender": "notices@example.com"})
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(said)
    for line, words in zip(lines, said, strict=True):
        assert line.startswith("warning: SES in eu-central-1")
        assert words in line


def test_where_ses_may_not_be_asked_that_is_told_and_no_more(session: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(**_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        error = {"Error": {"Code": "AccessDeniedException", "Message": "not you"}, "ResponseMetadata": {}}
        return AWSResponse("https://ses.example", 403, {}, None), error

    session.register("before-call.sesv2", refuse)
    Deployment(random_token(8), session).warn_of_mail({"MailSender": "notices@example.com"})
    assert "could not be asked" in capsys.readouterr().out
