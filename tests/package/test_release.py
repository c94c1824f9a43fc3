"""A release: what is called is an alias, what is new gets a share of the calls, and what fails is taken back."""

import copy
import json
from typing import Any

import pytest

from chalicelib.core import metrics
from chalicelib.core.messages import batch_answer
from infra.template import release
from infra.template.functions import functions_of
from tests.package.checks import translated
from tests.platform import Platform

Template = dict[str, Any]


def _of(template: Template, kind: str) -> dict[str, Any]:
    return {name: resource for name, resource in template["Resources"].items() if resource["Type"] == kind}


def test_everything_that_calls_a_function_calls_its_alias(template: Template) -> None:
    aliases = {resource["Properties"]["FunctionName"]["Ref"]: name for name, resource in _aliases(template).items()}
    assert set(aliases) == set(_of(template, "AWS::Lambda::Function"))
    mappings = [each["FunctionName"] for each in _properties(template, "AWS::Lambda::EventSourceMapping")]
    rules = [target["Arn"] for rule in _properties(template, "AWS::Events::Rule") for target in rule["Targets"]]
    allowed = [each["FunctionName"] for each in _properties(template, "AWS::Lambda::Permission")]
    for called in (*mappings, *rules, *allowed):
        assert called["Ref"] in aliases.values()
    assert len(mappings) + len(rules) + 1 == len(aliases), "the API's functions are called by the gateway"
    # Of the functions themselves nothing is called.
    assert "${APIHandler.Arn}" not in json.dumps(template["Resources"]["RestAPI"])


def _properties(template: Template, kind: str) -> list[Any]:
    return [resource["Properties"] for resource in _of(template, kind).values()]


def _aliases(template: Template) -> dict[str, Any]:
    return _of(template, "AWS::Lambda::Alias")


def test_a_new_version_takes_a_tenth_for_five_minutes_and_is_judged_by_its_own_alarms(
    template: Template, sam_template: Template
) -> None:
    alarms = _of(template, "AWS::CloudWatch::Alarm")
    for function in functions_of(sam_template):
        alias = template["Resources"][release.alias_of(function.logical_id)]
        policy = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        group = template["Resources"][policy["DeploymentGroupName"]["Ref"]]["Properties"]
        shift, at_once = (each["Fn::Sub"][1]["ConfigName"] for each in group["DeploymentConfigName"]["Fn::If"][1:])
        assert (shift, at_once) == ("Canary10Percent5Minutes", "AllAtOnce")
        condition, watched, unwatched = group["AlarmConfiguration"]["Fn::If"]
        assert (condition, watched["Enabled"], unwatched) == ("HasCanary", True, {})
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
        own = [alarms[each["Name"]["Ref"]]["Properties"] for each in watched["Alarms"]]
        version = alias["Properties"]["FunctionVersion"]
        judged = {alarm["MetricName"] for alarm in own if version in [each["Value"] for each in alarm["Dimensions"]]}
        has_answers = function.queue is not None or function.name == "api_handler"
        assert judged == ({"Errors", "failures"} if has_answers else {"Errors"}), function.name
        rest = {alarm["MetricName"] for alarm in own} - judged
        assert rest == ({"5XXError"} if function.name == "api_handler" else set()), function.name
        for alarm in own:
            # CloudWatch must have decided before CodeDeploy has moved everything.
            assert alarm["Period"] * alarm["EvaluationPeriods"] <= 300
            assert alarm["TreatMissingData"] == "notBreaching", "a version that nobody calls is not a bad one"


def test_a_version_is_published_where_the_release_has_another_name(sam_template: Template, template: Template) -> None:
    renamed = copy.deepcopy(sam_template)
    renamed["Parameters"]["Release"]["Default"] = "5eed"
    before, after = (set(_of(each, "AWS::Lambda::Version")) for each in (template, translated(renamed)))
    assert len(before) == len(after) == len(functions_of(sam_template))
    assert not before & after
    for resource in _of(template, "AWS::Lambda::Version").values():
        assert resource["DeletionPolicy"] == "Delete", "old versions keep their code"


def test_the_role_that_moves_aliases_is_codedeploys_alone(template: Template) -> None:
    functions = {
        each["Properties"]["Role"]["Fn::GetAtt"][0] for each in _of(template, "AWS::Lambda::Function").values()
    }
    [(name, role)] = [(name, each) for name, each in _of(template, "AWS::IAM::Role").items() if name not in functions]
    [statement] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "codedeploy.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert "Policies" not in role["Properties"]
    [managed] = role["Properties"]["ManagedPolicyArns"]
    assert managed["Fn::Sub"].endswith(":policy/service-role/AWSCodeDeployRoleForLambdaLimited")
    for group in _of(template, "AWS::CodeDeploy::DeploymentGroup").values():
        assert group["Properties"]["ServiceRoleArn"] == {"Fn::GetAtt": [name, "Arn"]}


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process as version 7 of a deployed function."""
    monkeypatch.setattr(metrics, "settings", lambda: _Deployed())
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "spacegarden-prod-any")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "7")


class _Deployed:
    is_local, stage = False, "prod"


def _failures(capsys: pytest.CaptureFixture[str]) -> list[tuple[int, str, str, str]]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    for line in lines:
        [declared] = line["_aws"]["CloudWatchMetrics"]
        assert declared["Namespace"] == "Spacegarden"
        assert declared["Dimensions"] == [["stage", "function", "version"]], "as the alarm asks for them"
    return [(line["failures"], line["stage"], line["function"], line["version"]) for line in lines]


@pytest.mark.usefixtures("deployed")
def test_messages_that_are_handed_back_are_counted_by_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert batch_answer([]) == {"batchItemFailures": []}
    assert _failures(capsys) == []
    assert len(batch_answer(["a", "b"])["batchItemFailures"]) == 2
    assert _failures(capsys) == [(2, "prod", "spacegarden-prod-any", "7")]


@pytest.mark.usefixtures("deployed")
def test_answers_of_5xx_are_counted_by_version_and_refusals_are_not(
    platform: Platform, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert platform.call("GET", "/health").status == 200
    assert platform.call("GET", "/admin/queues", key="nobody's").status == 401
    assert _failures(capsys) == []

    def broken(*_: Any) -> None:
        raise RuntimeError("a release that is wrong")

    monkeypatch.setattr("chalicelib.core.http.health.answer", broken)
    assert platform.call("GET", "/health").status == 500
    assert _failures(capsys) == [(1, "prod", "spacegarden-prod-any", "7")]
