"""Each function's size, time, log, role, environment and event source."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.core.queues import Queue
from infra.roles.permissions import API, Call
from infra.template import egress
from infra.template.chalice_template import Template, secret_variables
from infra.template.stage import Resource, Resources, Stage, arn, logical, queues, sub
from infra.template.statements import role
from infra.template.storage import BUCKET_NAME, secret_id
from infra.zip.dependencies import PackagingFailed

_FUNCTION = "AWS::Serverless::Function"
# The gateway gives up after 29 s, and so may the function.
_API_SECONDS = 29
_SCHEDULE_SECONDS = 60
# Also the share of a processor: 1,769 MB is a whole one. Signing and encoding want more than waiting does.
_MEMORY_MB = 512
_CHAIN_MEMORY_MB = 1024
# The parameter behind SPACEGARDEN_OLDER_RELEASE, and the value of SPACEGARDEN_PUBLIC_URL.
OLDER_RELEASE = "OlderRelease"
PUBLIC_URL = {"Fn::If": ["HasDomain", sub("https://${DomainName}"), {"Ref": "PublicUrl"}]}


class QueueUnknown(PackagingFailed):
    """A handler reads a queue that no feature declares."""


@dataclass(frozen=True)
class Function:
    """A function of the template: `name` as in app.py, `queue` where messages start it."""

    logical_id: str
    name: str
    queue: Queue | None

    @property
    def log_group(self) -> str:
        """The logical id of its log group."""
        return f"{self.logical_id}Log"

    @property
    def concurrency(self) -> str | None:
        """The parameter that limits how many run at once, for the workers of webhooks."""
        return None if self.queue is None else _CONCURRENCY.get(self.queue.name)


_CONCURRENCY = {"webhooks-fast": "FastWebhookConcurrency", "webhooks-slow": "SlowWebhookConcurrency"}


def functions_of(template: Template) -> list[Function]:
    """The functions that Chalice found in the app. Raises `QueueUnknown`."""
    return [
        Function(logical_id, _name(resource), _queue_of(resource))
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == _FUNCTION
    ]


def complete(template: Template, stage: Stage, calls: Iterable[Call]) -> Resources:
    """Completes Chalice's functions in place, and gives the roles and log groups that belong to them."""
    calls = list(calls)
    made: Resources = {}
    for function in functions_of(template):
        resource = template["Resources"][function.logical_id]
        full_name = stage.prefix + function.name.replace("_", "-")
        role_id = f"{function.logical_id}Role"
        queue = None if function.queue is None else logical(function.queue.name, "queue")
        made[role_id] = role(stage, function.name, calls, log_group=function.log_group, queue=queue)
        made[function.log_group] = {
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
            "Properties": {
                "LogGroupName": f"/aws/lambda/{full_name}",
                "RetentionInDays": {"Ref": "LogRetentionDays"},
            },
        }
        resource["Properties"] |= {
            "FunctionName": full_name,
            "Description": f"app.{'app' if function.name == API else function.name} of Spacegarden, {stage.name}",
            "CodeUri": {"Bucket": {"Ref": "CodeBucket"}, "Key": {"Ref": "CodeKey"}},
            "Role": arn(role_id),
            "LoggingConfig": {"LogGroup": {"Ref": function.log_group}},
            **_size(function),
            **egress.place(stage, function.name),
            "Environment": {"Variables": _variables(stage)},
        }
        for event in resource["Properties"].get("Events", {}).values():
            if event["Type"] == "SQS" and queue is not None:
                event["Properties"] |= _event_source(function, queue)
    return made


def _name(resource: Resource) -> str:
    name: str = resource["Properties"]["Handler"].removeprefix("app.")
    return API if name == "app" else name


def _queue_of(resource: Resource) -> Queue | None:
    for event in resource["Properties"].get("Events", {}).values():
        if event["Type"] == "SQS":
            asked = event["Properties"]["Queue"]
            for queue in queues():
                if asked == arn(logical(queue.name, "queue")) or _named(asked).endswith(f"-{queue.name}"):
                    return queue
            raise QueueUnknown(f"{_name(resource)} reads {_named(asked)}, which is in no feature's `queues.QUEUES`.")
    return None


def _named(queue: Any) -> str:
    """The name at the end of an ARN, as Chalice writes it."""
    text = queue.get("Fn::Sub", "") if isinstance(queue, dict) else queue
    return str(text).rpartition(":")[2].removesuffix(".fifo")


def _size(function: Function) -> Resource:
    if function.queue is None:
        seconds = _API_SECONDS if function.name == API else _SCHEDULE_SECONDS
    else:
        # A message must not be handed out again while a worker still has it.
        seconds = function.queue.visibility_seconds * 2 // 3
    memory = _CHAIN_MEMORY_MB if function.queue is not None and function.queue.fifo else _MEMORY_MB
    reserved = {"ReservedConcurrentExecutions": {"Ref": function.concurrency}} if function.concurrency else {}
    return {"Timeout": seconds, "MemorySize": memory, **reserved}


def _event_source(function: Function, queue: str) -> Resource:
    source: Resource = {"Queue": arn(queue), "FunctionResponseTypes": ["ReportBatchItemFailures"]}
    if function.concurrency is not None:
        # Otherwise SQS hands messages to a function that is full, and each refusal is one of their five receives.
        source["ScalingConfig"] = {"MaximumConcurrency": {"Ref": function.concurrency}}
    return source


def node_parameter(chain: str) -> str:
    """The parameter that holds the address of a chain's node, or of the first of several."""
    return logical(chain, "node")


def node_parameters(name: str, chain: Mapping[str, Any]) -> dict[str, str]:
    """The parameters that hold the addresses of a chain's nodes, in order, each with the address by default."""
    urls = chain.get("rpc_urls") or [chain["rpc_url"]]
    return {node_parameter(name) + ("" if number == 1 else str(number)): url for number, url in enumerate(urls, 1)}


def by_parameters(name: str, chain: Mapping[str, Any]) -> dict[str, Any]:
    """A chain's settings, with references to the parameters in place of its nodes' addresses."""
    filled = [f"${{{parameter}}}" for parameter in node_parameters(name, chain)]
    return {**chain, **({"rpc_urls": filled} if "rpc_urls" in chain else {"rpc_url": filled[0]})}


def _variables(stage: Stage) -> Resource:
    nodes = {name: by_parameters(name, chain) for name, chain in stage.chains.items()}
    return {
        **stage.variables,
        **egress.variables(stage),
        **({"SPACEGARDEN_CHAINS": sub(json.dumps(nodes))} if nodes else {}),
        "SPACEGARDEN_PUBLIC_URL": PUBLIC_URL,
        "SPACEGARDEN_MAIL_SENDER": {"Ref": "MailSender"},
        "SPACEGARDEN_OLDER_RELEASE": {"Ref": OLDER_RELEASE},
        "SPACEGARDEN_LOG_SALT": {"Ref": "AWS::StackId"},  # random, the stage's own, and in no log
        "SPACEGARDEN_METADATA_BUCKET": sub(stage.prefix + BUCKET_NAME),
        # From their concurrency the webhook workers know how much of it one endpoint may hold.
        "SPACEGARDEN_FAST_WEBHOOK_WORKERS": {"Ref": "FastWebhookConcurrency"},
        "SPACEGARDEN_SLOW_WEBHOOK_WORKERS": {"Ref": "SlowWebhookConcurrency"},
        **{variable: {"Ref": secret_id(name)} for variable, name in secret_variables().items()},
    }
