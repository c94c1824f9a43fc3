"""How a release takes effect: by versions of the functions, behind an alias that everything calls.

An update gives a new version a tenth of the calls for five minutes. If an alarm about its failures rings within that
time, all calls go back to the version before, and CloudFormation rolls the whole update back.
"""

from collections.abc import Sequence

from chalicelib.core.metrics import FAILURES, NAMESPACE
from infra.roles.permissions import API
from infra.template.alarms import API_FAILS, Watch, alarms
from infra.template.chalice_template import Template
from infra.template.functions import Function
from infra.template.stage import Resource, Resources, Stage, arn, logical

ALIAS = "live"
RELEASE, CANARY, HAS_CANARY = "Release", "Canary", "HasCanary"
_SHIFT = "Canary10Percent5Minutes"
_AT_ONCE = "AllAtOnce"
_ROLE = "ReleaseRole"
PARAMETERS: dict[str, Resource] = {
    RELEASE: {
        "Type": "String",
        "Default": "0",
        "AllowedPattern": "[0-9a-f]{1,10}",
        "Description": "Names code and settings together; functions get a new version where it changes",
    },
    CANARY: {
        "Type": "String",
        "Default": "on",
        "AllowedValues": ["on", "off"],
        "Description": "Whether new versions take a tenth of the calls first; counts for one deployment",
    },
}
CONDITIONS: dict[str, Resource] = {HAS_CANARY: {"Fn::Equals": [{"Ref": CANARY}, "on"]}}


def alias_of(function: str) -> str:
    """The logical id of a function's alias, as SAM makes it of the function's; `Ref` of it is its ARN."""
    return f"{function}Alias{ALIAS}"


def complete(template: Template, stage: Stage, functions: Sequence[Function]) -> Resources:
    """Adds versions and an alias to the functions in place. Gives the alarms that judge them, and CodeDeploy's role."""
    made: Resources = {_ROLE: _role()}
    for function in functions:
        judges = alarms(stage, _version_alarms(stage, function))
        made |= judges
        names = [*judges, logical(API_FAILS, "alarm")] if function.name == API else [*judges]
        template["Resources"][function.logical_id]["Properties"] |= {
            "AutoPublishAlias": ALIAS,
            # SAM does not see the values of settings; this tells it that something differs.
            "AutoPublishCodeSha256": {"Ref": RELEASE},
            # A version that nothing calls any more would hold a copy of the code for good.
            "VersionDeletionPolicy": "Delete",
            "DeploymentPreference": {
                "Type": {"Fn::If": [HAS_CANARY, _SHIFT, _AT_ONCE]},
                "Alarms": {"Fn::If": [HAS_CANARY, [{"Ref": name} for name in names], []]},
                "Role": arn(_ROLE),
            },
        }
    return made


def _version_alarms(stage: Stage, function: Function) -> list[Watch]:
    """The alarms that show that a new version fails: by Lambda's own counts, and by the answers of the version."""
    name = stage.prefix + function.name.replace("_", "-")
    version = {"Fn::GetAtt": [f"{function.logical_id}.Version", "Version"]}
    lambdas: dict[str, str | Resource] = {
        "FunctionName": name,
        "Resource": f"{name}:{ALIAS}",
        "ExecutedVersion": version,
    }
    own: dict[str, str | Resource] = {"stage": stage.name, "function": name, "version": version}
    found = [("errors", "AWS/Lambda", "Errors", lambdas)]
    if function.name == API or function.queue is not None:
        found.append(("failures", NAMESPACE, FAILURES, own))
    return [
        Watch(
            f"{function.name}-new-version-{kind}",
            namespace,
            metric,
            dimensions,
            above=0,
            # In two minutes out of five, so that one fault of the network takes no release back.
            times=2,
            within=5,
            # The deployment itself says what became of it.
            wakes=False,
            description=f"The new version of {function.name} fails",
        )
        for kind, namespace, metric, dimensions in found
    ]


def _role() -> Resource:
    """The role of CodeDeploy, which moves the aliases and reads the alarms. AWS itself maintains the policy."""
    assumes = {
        "Effect": "Allow",
        "Principal": {"Service": "codedeploy.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
    }
    managed = {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited"}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [assumes]},
            "ManagedPolicyArns": [managed],
        },
    }
