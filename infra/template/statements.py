"""A role for each function, which allows the calls that it was seen to make or may make, and nothing else."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable

from chalicelib.core.kms import STAGE_TAG
from infra.roles.permissions import DEAD_LETTERS, NEW_KEYS, SECRETS_KEY, SIGNER_KEYS, TOKEN_ALIASES, TOKEN_KEYS, Call
from infra.template import egress
from infra.template.chalice_template import secret_variables
from infra.template.stage import Resource, Stage, arn, logical, queues, sub
from infra.template.storage import BUCKET, SIGNER_SPEC, TOKEN_SPEC, secret_id
from infra.zip.dependencies import PackagingFailed


class NoPolicy(PackagingFailed):
    """No call of this function of the app is known, so the permissions that it needs are unknown."""


def role(stage: Stage, function: str, calls: Iterable[Call], *, log_group: str, queue: str | None) -> Resource:
    """The role of a function; `queue` is the logical id of the queue whose messages it is given.

    Raises `NoPolicy` where no call of the function is known.
    """
    own = [call for call in calls if call.function == function]
    if not own:
        raise NoPolicy(
            f"The function {function} has no policy: no test calls it through its handler. Add one that drives it "
            "(`platform.drain()`, `platform.pump.tick(name)` or a request), then run `make permissions`."
        )
    statements = [*_statements(stage, own), *_every_function(log_group), *egress.statements(stage, function)]
    if queue is not None:
        reads = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
        statements.append(_allow("ReadItsQueue", reads, [arn(queue)]))
    policy = {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}
    lambda_assumes = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [lambda_assumes]},
            "Policies": [policy],
        },
    }


def _statements(stage: Stage, calls: list[Call]) -> list[Resource]:
    """One statement for all resources of a service on which the same actions are allowed, on the same condition."""
    actions: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for call in calls:
        actions[call.service, call.resource].add(f"{call.service}:{call.action}")
    together: defaultdict[tuple[str, tuple[str, ...], str], list[str]] = defaultdict(list)
    for (service, resource), allowed in sorted(actions.items()):
        condition = json.dumps(_condition(stage, service, resource))
        together[service, tuple(sorted(allowed)), condition].append(resource)
    made = []
    for number, ((service, allowed_actions, condition), names) in enumerate(together.items()):
        resources = [each for name in names for each in _ARNS[service](stage, name)]
        if resources:
            statement = _allow(f"{service.capitalize()}{number}", list(allowed_actions), resources)
            made.append({**statement, **json.loads(condition)})
    # Where a chain's private key is a secret, whoever asks KMS for its signer's key reads that secret.
    secrets = [chain["signer_secret_id"] for chain in stage.chains.values() if chain.get("signer_secret_id")]
    if secrets and ("kms", "GetPublicKey") in {(call.service, call.action) for call in calls}:
        arns = [_secret(name) for name in secrets]
        made.append(_allow("ReadSignersSecrets", ["secretsmanager:GetSecretValue"], arns))
    return made


def _condition(stage: Stage, service: str, resource: str) -> Resource:
    """The condition that limits a statement where the resource's name cannot; empty where it can."""
    if service == "ses":
        return {"Condition": {"StringEquals": {"ses:FromAddress": {"Ref": "MailSender"}}}}
    if service != "kms":
        return {}
    return _KEY_CONDITIONS[resource](stage) if resource in _KEY_CONDITIONS else {}


# A rotated key is not in the template, and a change of alias takes minutes to take effect. So the keys of tokens are
# known by the tag that they are made with and their key spec. Other keys are named.
_OWN_TAG, _NEW_TAG = f"aws:ResourceTag/{STAGE_TAG}", f"aws:RequestTag/{STAGE_TAG}"
_KEY_CONDITIONS: dict[str, Callable[[Stage], Resource]] = {
    SIGNER_KEYS: lambda _: _equal({"kms:KeySpec": SIGNER_SPEC}),
    TOKEN_KEYS: lambda own: _equal({_OWN_TAG: own.name, "kms:KeySpec": TOKEN_SPEC}),
    NEW_KEYS: lambda own: _equal({_NEW_TAG: own.name, "kms:KeySpec": TOKEN_SPEC}),
}


def _equal(values: dict[str, str]) -> Resource:
    return {"Condition": {"StringEquals": values}}


def _secret(id_or_arn: str) -> str | Resource:
    """The ARN of a secret outside the template; AWS adds six characters to its name."""
    if id_or_arn.startswith("arn:"):
        return id_or_arn
    return sub(f"arn:${{AWS::Partition}}:secretsmanager:${{AWS::Region}}:${{AWS::AccountId}}:secret:{id_or_arn}-??????")


def _every_function(log_group: str) -> list[Resource]:
    return [
        _allow("WriteItsLog", ["logs:CreateLogStream", "logs:PutLogEvents"], [arn(log_group)]),
        _allow("Trace", ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], ["*"]),
    ]


def _allow(sid: str, actions: list[str], resources: list[str | Resource]) -> Resource:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}


def _table(_: Stage, name: str) -> list[str | Resource]:
    table, slash, rest = name.partition("/")
    logical_id = logical(table, "table")
    return [sub(f"${{{logical_id}.Arn}}/{rest}") if slash else arn(logical_id)]


def _bucket(_: Stage, name: str) -> list[str | Resource]:
    return [sub(f"${{{BUCKET}.Arn}}/*") if name.endswith("/*") else arn(BUCKET)]


def _queues(_: Stage, name: str) -> list[str | Resource]:
    if name == DEAD_LETTERS:
        return [arn(logical(queue.name, "dead-queue")) for queue in queues()]
    kind = "dead-queue" if name.endswith("/dead") else "queue"
    return [arn(logical(name.removesuffix("/dead"), kind))]


def _keys(stage: Stage, name: str) -> list[str | Resource]:
    if name == SECRETS_KEY:
        return [arn(logical("secrets", "key"))]
    if name == SIGNER_KEYS:
        return [_signer_key(chain, settings) for chain, settings in stage.chains.items() if _is_signed_by_kms(settings)]
    if name == TOKEN_ALIASES:
        return [sub(f"{_KMS}:alias/{stage.prefix}tokens-*")]
    if name == TOKEN_KEYS:
        return [sub(f"{_KMS}:key/*")]
    if name == NEW_KEYS:
        return ["*"]
    raise PackagingFailed(f"infra/roles/permissions.json names the keys {name!r}, which nobody knows.")


_KMS = "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}"


def _is_signed_by_kms(chain: Resource) -> bool:
    return not chain.get("signer_secret_id")


def _signer_key(chain: str, settings: Resource) -> str | Resource:
    """The ARN of the key that signs for a chain: the template's, unless the settings name another by its id or ARN."""
    named = str(settings.get("signer_key_id") or "")
    if not named:
        return arn(logical("signer", chain, "key"))
    if named.startswith("alias/"):
        raise PackagingFailed(f"The chain {chain} names its signer's key by an alias; roles need its id or ARN.")
    return named if named.startswith("arn:") else sub(f"{_KMS}:key/{named}")


_ARNS: dict[str, Callable[[Stage, str], list[str | Resource]]] = {
    "cloudwatch": lambda _, __: ["*"],  # GetMetricData knows no resources
    "dynamodb": _table,
    "kms": _keys,
    "s3": _bucket,
    "secretsmanager": lambda _, __: [{"Ref": secret_id(name)} for name in secret_variables().values()],
    "ses": lambda _, __: [sub("arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*")],
    "sqs": _queues,
}
