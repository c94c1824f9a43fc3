"""Judges the roles of a template: what no role of ours may allow, whatever the tests have seen.

cfn-lint, which runs on the same template, knows which actions there are. These rules are about ours:

- No action is a pattern, and none is of a service that can widen rights or change what runs.
- `*` as a resource is left to actions that know none; a pattern of keys is narrowed by more than a tag, since whoever
  may tag could bring any key under it.
- What signs, and what tags, says for which kind of key.
- Keys are made, tagged, named and ended by the function that rotates them, and by no other.
- A worker puts messages among the dead letters of its own queue alone.
"""

from collections.abc import Iterator
from typing import Any

from infra.template.functions import Function, functions_of
from infra.template.stage import logical, queues

_SERVICES = {"cloudwatch", "dynamodb", "kms", "logs", "s3", "secretsmanager", "ses", "sqs", "xray"}
_KNOW_NO_RESOURCE = {"cloudwatch:GetMetricData", "kms:CreateKey", "xray:PutTelemetryRecords", "xray:PutTraceSegments"}
# A key has no address before it is made, so it is tagged in its making under no address either.
_OF_NEW_KEYS = {"kms:CreateKey", "kms:TagResource"}
_OF_ROTATION = {"kms:CreateKey", "kms:TagResource", "kms:UpdateAlias", "kms:ScheduleKeyDeletion"}
ROTATES = "rotate_signing_keys"
Statement = dict[str, Any]


def complaints_about(template: dict[str, Any]) -> list[str]:
    """What is wrong with the roles of the template's functions."""
    found = []
    for function in functions_of(template):
        role = template["Resources"][f"{function.logical_id}Role"]["Properties"]
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                found += [f"{function.name}, {statement['Sid']}: {each}" for each in complaints(function, statement)]
    return found


def complaints(function: Function, statement: Statement) -> Iterator[str]:
    """What is wrong with a statement."""
    actions, resources = set(statement["Action"]), [_text(each) for each in statement["Resource"]]
    narrowed = set(statement.get("Condition", {}).get("StringEquals", {}))
    is_of_new_keys = actions <= _OF_NEW_KEYS and any(name.startswith("aws:RequestTag/") for name in narrowed)
    if any("*" in action for action in actions):
        yield "an action is a pattern"
    if foreign := {action.split(":")[0] for action in actions} - _SERVICES:
        yield f"no function needs {foreign}"
    if "*" in resources and not (actions <= _KNOW_NO_RESOURCE or is_of_new_keys):
        yield "every resource of the account"
    if any(":key/*" in each for each in resources) and "kms:KeySpec" not in narrowed:
        yield "any key of the account, but for a tag"
    if actions & {"kms:Sign", "kms:TagResource"} and "kms:KeySpec" not in narrowed:
        yield "signs or tags with any kind of key"
    if actions & _OF_ROTATION and function.name != ROTATES:
        yield "keys are rotated by a function of its own"
    if "sqs:SendMessage" in actions:
        own = logical(function.queue.name, "dead-queue") if function.queue else ""
        if others := {logical(queue.name, "dead-queue") for queue in queues()} & set(resources) - {own}:
            yield f"puts messages among {others}"


def _text(resource: Any) -> str:
    """A resource as text: of a reference, the logical id."""
    if isinstance(resource, str):
        return resource
    [(kind, value)] = resource.items()
    return str(value[0] if kind == "Fn::GetAtt" else value)
