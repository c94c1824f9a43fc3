"""A role for each function, which allows the calls it was seen to make and nothing else."""

from collections import defaultdict
from collections.abc import Callable, Iterable

from infra.chalice_template import secret_variables
from infra.dependencies import PackagingFailed
from infra.permissions import DEAD_LETTERS, OWN_ALIASES, OWN_KEYS, Call
from infra.template.stage import Resource, Stage, arn, logical, queues, sub
from infra.template.storage import BUCKET, secret_id


class NoPolicy(PackagingFailed):
    """A function of the app was never seen at work, so nobody knows what it needs."""


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
    statements = [*_statements(stage, own), *_every_function(log_group)]
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
    """One statement for all resources of a service on which the same actions are allowed."""
    actions: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for call in calls:
        actions[call.service, call.resource].add(f"{call.service}:{call.action}")
    together: defaultdict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (service, resource), allowed in sorted(actions.items()):
        together[service, tuple(sorted(allowed))].append(resource)
    made = []
    for number, ((service, allowed_actions), names) in enumerate(together.items()):
        resources = [each for name in names for each in _ARNS[service](stage, name)]
        if resources:
            statement = _allow(f"{service.capitalize()}{number}", list(allowed_actions), resources)
            if service == "ses":
                statement["Condition"] = {"StringEquals": {"ses:FromAddress": {"Ref": "MailSender"}}}
            if service == "kms" and names == [OWN_KEYS]:
                # Rotated keys are not the template's; what tells them from others is the stage's alias.
                aliases = f"alias/{stage.prefix}*"
                statement["Condition"] = {"ForAnyValue:StringLike": {"kms:ResourceAliases": aliases}}
            made.append(statement)
    return made


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
    return [arn(logical(name, "queue"))]


def _keys(stage: Stage, name: str) -> list[str | Resource]:
    if name not in (OWN_KEYS, OWN_ALIASES):
        return [name]
    place = "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}"
    keys: list[str | Resource] = [sub(f"{place}:key/*")]
    return keys if name == OWN_KEYS else [sub(f"{place}:alias/{stage.prefix}*"), *keys]


_ARNS: dict[str, Callable[[Stage, str], list[str | Resource]]] = {
    "cloudwatch": lambda _, __: ["*"],  # GetMetricData knows no resources
    "dynamodb": _table,
    "kms": _keys,
    "s3": _bucket,
    "secretsmanager": lambda _, __: [{"Ref": secret_id(name)} for name in secret_variables().values()],
    "ses": lambda _, __: [sub("arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*")],
    "sqs": _queues,
}
