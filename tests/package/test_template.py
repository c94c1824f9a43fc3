"""The template: everything the code names, kept safe, with a role of its own for each function."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import stripe

from chalicelib import inventory
from chalicelib.core.http.application import UNROUTED
from chalicelib.core.metrics import FAILURES
from chalicelib.core.queues import Queue
from chalicelib.core.settings import read_settings, settings
from chalicelib.core.table_definitions import expiry_attributes, table_definitions
from infra import package
from infra.roles import permissions
from infra.roles.allowed import allowed
from infra.roles.permissions import API, Call
from infra.template import functions, stage
from infra.template import statements as roles
from infra.template.api import GATEWAY_ANSWERS
from infra.template.assembled import template_of
from infra.template.chalice_template import StageUnknown, deployable
from infra.template.statements import NoPolicy
from infra.zip import archive, imports
from tests.package.checks import complaints
from tests.package.policies import complaints_about
from tests.platform import Platform

_PREFIX = "spacegarden-prod-"
Template = dict[str, Any]


def _of(template: Template, kind: str) -> dict[str, Any]:
    return {
        name: resource["Properties"] for name, resource in template["Resources"].items() if resource["Type"] == kind
    }


def _named(template: Template, kind: str, key: str) -> dict[str, Any]:
    return {properties[key]: properties for properties in _of(template, kind).values()}


def _own(name: str) -> str:
    return name.replace(settings().prefix, _PREFIX)


def test_cfn_lint_finds_nothing(template: Template, template_file: Path) -> None:
    del template  # its making installs the tools
    assert complaints(template_file) == ""


def test_every_table_of_the_models_is_made_and_kept_safe(sam_template: Template) -> None:
    tables = _named(sam_template, "AWS::DynamoDB::Table", "TableName")
    definitions = {_own(each["TableName"]): each for each in table_definitions(inventory.rows())}
    expiries = {_own(name): attribute for name, attribute in expiry_attributes(inventory.rows()).items()}
    assert set(tables) == set(definitions)
    for name, properties in tables.items():
        for key in ("KeySchema", "AttributeDefinitions", "BillingMode"):
            assert properties[key] == definitions[name][key]
        assert properties.get("GlobalSecondaryIndexes") == definitions[name].get("GlobalSecondaryIndexes")
        assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert properties["DeletionProtectionEnabled"] == {"Fn::If": ["AreTablesProtected", True, False]}
        expiry = properties.get("TimeToLiveSpecification", {})
        assert expiry.get("AttributeName") == expiries.get(name), name


def test_every_queue_has_a_dead_letter_queue_of_its_kind(sam_template: Template) -> None:
    queues = _named(sam_template, "AWS::SQS::Queue", "QueueName")
    assert set(queues) == {
        _own(name) for queue in inventory.queues() for name in (queue.full_name, queue.dead_letter_name)
    }
    for queue in inventory.queues():
        made, dead = queues[_own(queue.full_name)], queues[_own(queue.dead_letter_name)]
        target = made["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        assert sam_template["Resources"][target]["Properties"] is dead
        assert made["RedrivePolicy"]["maxReceiveCount"] == 5
        assert made["VisibilityTimeout"] == queue.visibility_seconds
        for each in (made, dead):
            assert each["MessageRetentionPeriod"] == 14 * 24 * 3600
            assert each.get("FifoQueue", False) == queue.fifo


def test_what_holds_data_outlives_the_stack(sam_template: Template) -> None:
    kinds = {
        "AWS::DynamoDB::Table",
        "AWS::KMS::Key",
        "AWS::S3::Bucket",
        "AWS::SQS::Queue",
        "AWS::SecretsManager::Secret",
    }
    held = [resource for resource in sam_template["Resources"].values() if resource["Type"] in kinds]
    assert {resource["Type"] for resource in held} == kinds
    assert {(each["DeletionPolicy"], each["UpdateReplacePolicy"]) for each in held} == {
        ("RetainExceptOnCreate", "Retain")
    }


def test_the_bucket_is_private_encrypted_and_speaks_tls_alone(sam_template: Template) -> None:
    [bucket] = _of(sam_template, "AWS::S3::Bucket").values()
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    [policy] = _of(sam_template, "AWS::S3::BucketPolicy").values()
    [statement] = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_each_key_has_the_alias_that_the_code_asks_for(sam_template: Template) -> None:
    chains = read_settings(deployable("prod")["stages"]["prod"]["environment_variables"]).chains
    assert chains
    keys = _of(sam_template, "AWS::KMS::Key")
    specs = {
        alias["AliasName"].removeprefix(f"alias/{_PREFIX}"): keys[alias["TargetKeyId"]["Ref"]].get("KeySpec")
        for alias in _of(sam_template, "AWS::KMS::Alias").values()
    }
    signers = dict.fromkeys((f"signer-{chain}" for chain in chains), "ECC_SECG_P256K1")
    assert specs == {**signers, "tokens-a": "ECC_NIST_P256", "tokens-b": "ECC_NIST_P256", "secrets": None}


def test_every_function_is_arm64_traced_logged_for_a_time_and_sized(sam_template: Template) -> None:
    made = _of(sam_template, "AWS::Serverless::Function")
    for name, properties in made.items():
        assert properties["Architectures"] == ["arm64"]
        assert properties["Tracing"] == "Active"
        assert properties["MemorySize"] >= 512
        log = sam_template["Resources"][properties["LoggingConfig"]["LogGroup"]["Ref"]]["Properties"]
        assert log["RetentionInDays"] == {"Ref": "LogRetentionDays"}
        assert properties["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}
    assert made["APIHandler"]["Timeout"] == 29


def test_a_worker_ends_before_its_messages_are_handed_out_again(sam_template: Template) -> None:
    workers = [each for each in functions.functions_of(sam_template) if each.queue is not None]
    assert {each.queue for each in workers} == set(inventory.queues()), "every queue has its handler"
    for worker in workers:
        properties = sam_template["Resources"][worker.logical_id]["Properties"]
        assert worker.queue is not None
        assert properties["Timeout"] < worker.queue.visibility_seconds
        [event] = properties["Events"].values()
        assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert event["Properties"]["Queue"] == {"Fn::GetAtt": [stage.logical(worker.queue.name, "queue"), "Arn"]}


def test_the_two_webhook_workers_have_a_concurrency_of_their_own(sam_template: Template) -> None:
    reserved = {
        name: properties["ReservedConcurrentExecutions"]
        for name, properties in _of(sam_template, "AWS::Serverless::Function").items()
        if "ReservedConcurrentExecutions" in properties
    }
    assert reserved == {
        "DeliverWebhooks": {"Ref": "FastWebhookConcurrency"},
        "DeliverSlowWebhooks": {"Ref": "SlowWebhookConcurrency"},
    }


def test_the_environment_makes_working_settings(sam_template: Template) -> None:
    for properties in _of(sam_template, "AWS::Serverless::Function").values():
        variables = properties["Environment"]["Variables"]
        nodes = variables["SPACEGARDEN_CHAINS"]["Fn::Sub"].replace("${PolygonNode}", "https://node.filled.in")
        filled = {name: value if isinstance(value, str) else "https://filled.in" for name, value in variables.items()}
        chosen = ("FAST_WEBHOOK_WORKERS", "SLOW_WEBHOOK_WORKERS", "OLDER_RELEASE")
        for variable in (f"SPACEGARDEN_{name}" for name in chosen):
            filled[variable] = str(sam_template["Parameters"][variables[variable]["Ref"]]["Default"])
        deployed = read_settings({**filled, "SPACEGARDEN_CHAINS": nodes})
        assert [chain.rpc_url for chain in deployed.chains.values()] == ["https://node.filled.in"]
        assert (deployed.stage, deployed.is_local) == ("prod", False)
        assert deployed.metadata_bucket
        assert variables["SPACEGARDEN_ADMIN_KEY_SECRET_ID"] == {"Ref": "AdminKeySecret"}


def test_each_of_several_nodes_is_a_parameter() -> None:
    one = {"rpc_url": "https://node.example", "explorer_url": "x"}
    assert functions.node_parameters("polygon", one) == {"PolygonNode": "https://node.example"}
    assert functions.by_parameters("polygon", one)["rpc_url"] == "${PolygonNode}"
    several = {"rpc_urls": ["https://first.example", "https://second.example"], "explorer_url": "x"}
    assert list(functions.node_parameters("polygon", several)) == ["PolygonNode", "PolygonNode2"]
    assert functions.by_parameters("polygon", several) == {**several, "rpc_urls": ["${PolygonNode}", "${PolygonNode2}"]}


def test_no_role_breaks_a_rule(sam_template: Template) -> None:
    assert complaints_about(sam_template) == []


def test_every_allowed_call_is_in_its_functions_role_and_nothing_else(sam_template: Template) -> None:
    for function in functions.functions_of(sam_template):
        role = sam_template["Resources"][f"{function.logical_id}Role"]["Properties"]
        statements = role["Policies"][0]["PolicyDocument"]["Statement"]
        granted = {action for statement in statements for action in statement["Action"]}
        called = {f"{call.service}:{call.action}" for call in allowed() if call.function == function.name}
        extra = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTelemetryRecords", "xray:PutTraceSegments"}
        if function.queue is not None:
            extra |= {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}
        assert granted == called | extra, function.name


def test_a_private_key_that_is_a_secret_is_read_by_whoever_signs_for_the_chain() -> None:
    chains = {"own": {"rpc_url": "https://node.example", "explorer_url": "x", "signer_secret_id": "own-signer"}}
    with_secret = stage.Stage("prod", {"SPACEGARDEN_CHAINS": json.dumps(chains)})
    for function, reads in (("work_chain_jobs", True), ("deliver_webhooks", False)):
        made = roles.role(with_secret, function, permissions.load(), log_group="Log", queue=None)
        statements = made["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        own = [each["Resource"] for each in statements if each["Action"] == ["secretsmanager:GetSecretValue"]]
        assert ("secret:own-signer-" in json.dumps(own)) is reads


def test_a_handler_that_no_test_drives_is_named() -> None:
    known = [call for call in permissions.load() if call.function != "sweep_chain"]
    with pytest.raises(NoPolicy, match=r"The function sweep_chain has no policy.*make permissions"):
        template_of("prod", known)


def test_every_function_of_the_app_is_in_the_catalogue(platform: Platform) -> None:
    handlers = {source.name for source in platform.app.event_sources} | {API}
    known = {call.function for call in permissions.load()}
    assert handlers == known, "run `make permissions` after adding or removing a handler"


def test_a_call_too_many_and_a_permission_too_many_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    read = Call("sweep", "dynamodb", "Query", "chain/index/due")
    write = Call("sweep", "dynamodb", "PutItem", "chain")
    assert permissions.lacking([read, write], [read]) == [write]
    assert permissions.unused([read], [read, write]) == [write]
    assert str(write) == "sweep: dynamodb:PutItem on chain"
    monkeypatch.setitem(permissions.RARE, write, "a test's race")
    assert permissions.unused([read], [read, write]) == []
    assert write in permissions.load()


def test_new_tables_and_queues_need_no_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    new = Queue("dreams", visibility_seconds=30)
    monkeypatch.setattr("infra.template.storage.queues", lambda: (*inventory.queues(), new))
    monkeypatch.setattr("infra.template.alarms.queues", lambda: (*inventory.queues(), new))
    made = template_of("staging")
    assert "DreamsQueue" in made["Resources"]
    assert "DreamsDeadLettersAlarm" in made["Resources"]


def test_a_stage_that_is_not_configured_is_named_with_those_that_are() -> None:
    with pytest.raises(StageUnknown, match=r"no stage 'nowhere'.*prod, staging"):
        template_of("nowhere")
    with pytest.raises(StageUnknown):
        template_of("dev")


def test_what_the_gateway_answers_is_json_with_a_message(template: Template) -> None:
    responses = template["Resources"]["RestAPI"]["Properties"]["Body"]["x-amazon-apigateway-gateway-responses"]
    assert set(responses) == set(GATEWAY_ANSWERS)
    for response in responses.values():
        said = json.loads(response["responseTemplates"]["application/json"])
        assert said["message"] == said["error"]["message"]
        assert response["responseParameters"] == {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
    assert str(responses["MISSING_AUTHENTICATION_TOKEN"]["statusCode"]) == "404"
    assert "statusCode" not in responses["DEFAULT_5XX"]


@pytest.mark.parametrize(
    ("kind", "status", "raised"),
    [
        ("THROTTLED", 429, stripe.RateLimitError),
        ("REQUEST_TOO_LARGE", 413, stripe.APIError),
        ("MISSING_AUTHENTICATION_TOKEN", 404, stripe.InvalidRequestError),
        ("INTEGRATION_TIMEOUT", 504, stripe.APIError),
    ],
)
def test_stripe_s_client_raises_its_own_errors_for_what_the_gateway_answers(
    template: Template, kind: str, status: int, raised: type[stripe.StripeError]
) -> None:
    response = template["Resources"]["RestAPI"]["Properties"]["Body"]["x-amazon-apigateway-gateway-responses"][kind]
    body = response["responseTemplates"]["application/json"]

    class Gateway(stripe.HTTPClient):
        name = "gateway"

        def request(self, *_: Any, **__: Any) -> tuple[str, int, dict[str, str]]:
            return body, status, {}

    client = stripe.StripeClient("key", http_client=Gateway())
    with pytest.raises(raised) as told:
        client.v1.customers.list()
    assert (told.value.http_status, told.value.user_message) == (status, json.loads(body)["message"])


def test_the_function_answers_every_method_of_every_path(template: Template, platform: Platform) -> None:
    paths = template["Resources"]["RestAPI"]["Properties"]["Body"]["paths"]
    assert set(paths) == {*platform.app.routes, UNROUTED}
    for path, methods in paths.items():
        [(name, method)] = methods.items()
        assert name == "x-amazon-apigateway-any-method", path
        integration = method["x-amazon-apigateway-integration"]
        assert (integration["type"], integration["httpMethod"]) == ("aws_proxy", "POST"), path
        assert "/functions/${APIHandlerAliaslive}/invocations" in integration["uri"]["Fn::Sub"], path


def test_there_is_one_stage_and_it_is_throttled_and_measured(template: Template) -> None:
    [made] = _of(template, "AWS::ApiGateway::Stage").values()
    assert made["StageName"] == "api"
    [method] = made["MethodSettings"]
    assert method["ThrottlingRateLimit"] == {"Ref": "RequestsPerSecond"}
    assert method["ThrottlingBurstLimit"] == {"Ref": "RequestBurst"}
    assert made["TracingEnabled"] is True
    assert method["MetricsEnabled"] is False, "by method there are hundreds, each of them billed"


def test_a_custom_domain_closes_the_address_beside_it(template: Template) -> None:
    body = template["Resources"]["RestAPI"]["Properties"]["Body"]
    said = body["x-amazon-apigateway-endpoint-configuration"]["disableExecuteApiEndpoint"]
    assert said == {"Fn::If": ["HasOnlyDomain", True, False]}
    assert template["Conditions"]["HasOnlyDomain"] == {
        "Fn::And": [{"Condition": "HasDomain"}, {"Fn::Equals": [{"Ref": "DefaultAddress"}, "closed"]}]
    }


def test_the_template_is_small_enough_to_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CloudFormation takes 1 MB; what is uploaded is what is measured."""
    monkeypatch.setattr(archive, "build", lambda path, *, machine: path.write_bytes(f"PK{machine}".encode()))
    monkeypatch.setattr(imports, "unresolved", lambda _: [])
    made = package.package("prod", machine="arm64", build=tmp_path)
    assert made.template.stat().st_size <= 600_000
    assert json.loads(made.template.read_text())["Resources"]


def test_every_alarm_wakes_somebody_but_those_that_a_deployment_asks(sam_template: Template) -> None:
    for alarm in _of(sam_template, "AWS::CloudWatch::Alarm").values():
        # Those of new versions are asked by the deployment, which says what became of it.
        wakes = "-new-version-" not in alarm["AlarmName"]
        assert alarm.get("AlarmActions") == ([{"Ref": "AlarmTopic"}] if wakes else None)


def test_our_own_metrics_that_alarms_watch_are_emitted(sam_template: Template) -> None:
    watched = {
        alarm["MetricName"]
        for alarm in _of(sam_template, "AWS::CloudWatch::Alarm").values()
        if alarm["Namespace"] == "Spacegarden"
    }
    assert watched == {"oldest_overdue_delivery", "signer_balance", "contracts_without_role", FAILURES}
    sources = "".join(
        path.read_text() for path in Path(inventory.__file__).parent.rglob("*.py") if "emit(" in path.read_text()
    )
    assert all(re.search(rf'"{name}": \(', sources) for name in watched - {FAILURES})


def test_what_no_engine_here_makes_is_in_the_template_as_the_code_wants_it(sam_template: Template) -> None:
    """Expiry, secrets and outputs: moto makes none of them of a template."""
    expiries = {_own(name): attribute for name, attribute in expiry_attributes(inventory.rows()).items()}
    specified = {
        name: properties["TimeToLiveSpecification"]
        for name, properties in _named(sam_template, "AWS::DynamoDB::Table", "TableName").items()
        if "TimeToLiveSpecification" in properties
    }
    assert specified == {name: {"AttributeName": each, "Enabled": True} for name, each in expiries.items()}
    secrets = _named(sam_template, "AWS::SecretsManager::Secret", "Name")
    fields = [name for name in type(settings()).model_fields if name.endswith("_secret_id")]
    assert set(secrets) == {f"{_PREFIX}{name.removesuffix('_secret_id').replace('_', '-')}" for name in fields}
    for secret in secrets.values():
        made_up = secret["GenerateSecretString"]
        assert made_up["PasswordLength"] >= 32
        assert made_up["ExcludePunctuation"] is True, "it stands in a header as it is"
        assert "SecretString" not in secret
    outputs = {name: output["Value"] for name, output in sam_template["Outputs"].items()}
    assert outputs["AdminKeySecret"] == {"Ref": "AdminKeySecret"}
    assert outputs["SignerPolygonKey"] == {"Ref": "SignerPolygonKey"}
    assert outputs["AlarmTopicArn"] == {"Ref": "AlarmTopic"}
    assert "${RestAPI}.execute-api." in outputs["EndpointURL"]["Fn::Sub"]
    assert outputs["PublicUrl"] == functions.PUBLIC_URL


def test_every_reference_leads_to_something(template: Template) -> None:
    known = {*template["Resources"], *template["Parameters"]}
    text = json.dumps(template)
    named = set(re.findall(r'"Ref": "(\w+)"', text)) | set(re.findall(r'"Fn::GetAtt": \["(\w+)"', text))
    assert named - known == set()
    conditions = {resource["Condition"] for resource in template["Resources"].values() if "Condition" in resource}
    assert conditions <= set(template["Conditions"])


def test_the_dashboard_is_json_that_shows_every_queue_and_table(sam_template: Template) -> None:
    [dashboard] = _of(sam_template, "AWS::CloudWatch::Dashboard").values()
    shown = json.dumps(json.loads(dashboard["DashboardBody"]["Fn::Sub"]))
    for name in (*(queue.name for queue in inventory.queues()), *stage.tables()):
        assert name in shown


def test_the_custom_domain_is_made_only_where_one_is_given(template: Template) -> None:
    kinds = {resource["Type"]: resource.get("Condition") for resource in template["Resources"].values()}
    assert kinds["AWS::ApiGateway::DomainName"] == kinds["AWS::ApiGateway::BasePathMapping"] == "HasDomain"
    assert kinds["AWS::Route53::RecordSet"] == "HasHostedZone"
