"""The whole template of a stage."""

from collections.abc import Iterable, Mapping

from infra.roles.allowed import allowed
from infra.roles.permissions import Call
from infra.template import alarms, api, egress, functions, release, storage
from infra.template.chalice_template import Template, chalice_template, deployable, secret_variables
from infra.template.functions import PUBLIC_URL, functions_of
from infra.template.stage import Resource, Stage, logical
from infra.template.storage import secret_id

PROTECTED = "TablesProtected"
_PARAMETERS: dict[str, Resource] = {
    "CodeBucket": {"Type": "String", "Description": "Bucket of the zip"},
    "CodeKey": {"Type": "String", "Description": "Key of the zip"},
    PROTECTED: {
        "Type": "String",
        "Default": "no",
        "AllowedValues": ["yes", "no"],
        "Description": "Whether tables refuse to be deleted; make deploy says yes once they are made",
    },
    "DomainName": {"Type": "String", "Default": "", "Description": "Custom domain, such as api.example.com"},
    "CertificateArn": {"Type": "String", "Default": "", "Description": "ACM certificate of the domain, in this region"},
    "HostedZoneId": {"Type": "String", "Default": "", "Description": "Route 53 zone to put the domain's record in"},
    "DefaultAddress": {
        "Type": "String",
        "Default": "closed",
        "AllowedValues": ["closed", "open"],
        "Description": "Whether the API still answers at its own address beside a custom domain",
    },
    "PublicUrl": {
        "Type": "String",
        "Default": "https://not-known-yet.invalid",
        "AllowedPattern": "https://[^/]+(/[^/]+)*",
        "Description": "Where the API is reached, if there is no custom domain; make deploy finds it out",
    },
    "MailSender": {
        "Type": "String",
        "Default": "notices@spacegarden.example",
        "Description": "Sender of letters to partners, verified in SES",
    },
    functions.OLDER_RELEASE: {
        "Type": "String",
        "Default": "1.0",
        "AllowedValues": ["1.0", "none"],
        "Description": "Release that may run beside this one, or come back; make deploy says none of a new stack",
    },
    "AlarmEmail": {"Type": "String", "Default": "", "Description": "Who is told of alarms"},
    "LogRetentionDays": {"Type": "Number", "Default": 30, "AllowedValues": [7, 14, 30, 60, 90, 180, 365]},
    "RequestsPerSecond": {"Type": "Number", "Default": 1000, "Description": "The stage's limit, beyond it 429"},
    "RequestBurst": {"Type": "Number", "Default": 2000},
    "FastWebhookConcurrency": {
        "Type": "Number",
        "Default": 100,
        "MinValue": 2,
        "Description": "First tries at work at once, of ten deliveries each; reserved out of the account's limit",
    },
    "SlowWebhookConcurrency": {"Type": "Number", "Default": 50, "MinValue": 2, "Description": "The same of retries"},
    "SignerBalanceLow": {
        "Type": "Number",
        "Default": 0.5,
        "Description": "In whole coins; less in a signer's account raises the alarm",
    },
    **release.PARAMETERS,
}
_CONDITIONS = {
    api.HAS_DOMAIN: {"Fn::Not": [{"Fn::Equals": [{"Ref": "DomainName"}, ""]}]},
    api.HAS_ZONE: {
        "Fn::And": [{"Condition": api.HAS_DOMAIN}, {"Fn::Not": [{"Fn::Equals": [{"Ref": "HostedZoneId"}, ""]}]}]
    },
    api.HAS_ONLY_DOMAIN: {
        "Fn::And": [{"Condition": api.HAS_DOMAIN}, {"Fn::Equals": [{"Ref": "DefaultAddress"}, "closed"]}]
    },
    storage.ARE_PROTECTED: {"Fn::Equals": [{"Ref": PROTECTED}, "yes"]},
    "HasAlarmEmail": {"Fn::Not": [{"Fn::Equals": [{"Ref": "AlarmEmail"}, ""]}]},
    **release.CONDITIONS,
}


def template_of(
    stage_name: str, calls: Iterable[Call] | None = None, *, variables: Mapping[str, str] | None = None
) -> Template:
    """The SAM template of a stage; `calls` are the allowed ones unless given, `variables` come on top of the stage's.

    Raises `PackagingFailed`.
    """
    own: dict[str, str] = deployable(stage_name)["stages"][stage_name]["environment_variables"]
    stage = Stage(stage_name, {**own, **(variables or {})})
    template = chalice_template(stage_name)
    own_functions = functions_of(template)
    template["Description"] = f"Spacegarden, stage {stage_name}"
    template["Parameters"] = _PARAMETERS | _node_parameters(stage)
    template["Conditions"] = _CONDITIONS
    template["Resources"] |= {
        **storage.table_resources(stage),
        **storage.queue_resources(stage),
        **storage.bucket_resources(stage),
        **storage.key_resources(stage),
        **storage.secret_resources(stage),
        **egress.network(stage),
        **functions.complete(template, stage, allowed() if calls is None else calls),
        **api.complete(template, stage),
        **release.complete(template, stage, own_functions),
        **alarms.alarm_resources(stage, own_functions),
        **alarms.dashboard_resources(stage, own_functions),
    }
    template["Outputs"] |= _outputs(stage)
    return template


def _node_parameters(stage: Stage) -> Resource:
    """A parameter for each node of a chain: an address often holds a key, which does not belong in the sources."""
    return {
        parameter: {
            "Type": "String",
            "Default": url,
            "NoEcho": True,
            "AllowedPattern": r"https?://[!#-\[\]-~]+",  # without quotes and backslashes: it stands within JSON
            "Description": f"JSON-RPC of a node of the chain {name}",
        }
        for name, chain in stage.chains.items()
        for parameter, url in functions.node_parameters(name, chain).items()
    }


def _outputs(stage: Stage) -> Resource:
    outputs: Resource = {"PublicUrl": {"Value": PUBLIC_URL}, "AlarmTopicArn": {"Value": {"Ref": alarms.TOPIC}}}
    for name in secret_variables().values():
        outputs[secret_id(name)] = {"Value": {"Ref": secret_id(name)}}
    for chain in stage.chains:
        key = logical("signer", chain, "key")
        outputs[key] = {"Value": {"Ref": key}}
    return outputs
