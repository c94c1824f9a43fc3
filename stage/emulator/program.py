"""ministack with its known gaps bridged; runs in the emulator's own environment, where nothing of ours can be imported.

Each bridge is one function that says what ministack does otherwise. `VERSION` is the one they were made for: another
one is refused, so that whoever raises it tries each bridge again and deletes those that are no longer needed.
"""

import json
import os
import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from importlib.metadata import version
from typing import Any
from urllib.parse import urlparse

VERSION = "1.5.33"

_actions: Any = import_module("ministack.core.iam_actions")
_evaluator: Any = import_module("ministack.core.iam_evaluator")
_helpers: Any = import_module("ministack.services.cloudformation.helpers")
_provisioners: Any = import_module("ministack.services.cloudformation.provisioners")
_events: Any = import_module("ministack.services.eventbridge")
_functions: Any = import_module("ministack.services.lambda_svc")
_gateway: Any = import_module("ministack.services.apigateway_v1")
_kms: Any = import_module("ministack.services.kms")
_s3: Any = import_module("ministack.services.s3")
_app: Any = import_module("ministack.app")
_releases: Any = import_module("releases")  # this script's neighbour


def bridge_template_address() -> None:
    """CloudFormation reads `TemplateURL` by path alone; ours names the bucket in the host, as AWS recommends."""
    resolve = _helpers._resolve_document

    @wraps(resolve)
    def resolved(params: dict[str, Any], body_key: str, url_key: str, label: str) -> Any:
        given = params.get(url_key, [""])
        url = urlparse(given[0] if isinstance(given, list) else given)
        bucket, dot_s3, _ = (url.hostname or "").partition(".s3.")
        if dot_s3:
            params = {**params, url_key: [f"https://s3.amazonaws.com/{bucket}{url.path}"]}
        return resolve(params, body_key, url_key, label)

    _helpers._resolve_document = resolved


def bridge_any_method() -> None:
    """The import of an API leaves out `x-amazon-apigateway-any-method`, which on AWS is the method ANY."""
    load, add = _gateway._import_path_item, _gateway._import_operation

    def loaded(api_id: str, path: str, item: dict[str, Any], *rest: Any) -> Any:
        result = load(api_id, path, item, *rest)
        if every := item.get(_ANY_METHOD):
            [resource] = [key for key, each in _gateway._resources[api_id].items() if each["path"] == path]
            add(api_id, resource, "ANY", every, *rest)
        return result

    _gateway._import_path_item = loaded


_ANY_METHOD = "x-amazon-apigateway-any-method"


def bridge_secret_reference() -> None:
    """`Ref` of a secret gives its name; on AWS it is the ARN, by which our policies allow the secret."""
    handlers = _provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    create, update, delete = handlers["create"], handlers["update"], handlers["delete"]

    def name_of(physical_id: str) -> str:
        # Behind the name the ARN has a hyphen and six characters.
        return physical_id.rpartition(":secret:")[2][:-7] if physical_id.startswith("arn:") else physical_id

    def created(*arguments: Any, **named: Any) -> Any:
        _, attributes = create(*arguments, **named)
        return attributes["Arn"], attributes

    def updated(physical_id: str, *arguments: Any, **named: Any) -> Any:
        _, attributes = update(name_of(physical_id), *arguments, **named)
        return attributes["Arn"], attributes

    handlers["create"], handlers["update"] = created, updated
    handlers["delete"] = lambda physical_id, props: delete(name_of(physical_id), props)


def bridge_maximum_concurrency() -> None:
    """A parameter of the template arrives as text; a mapping's `MaximumConcurrency` is compared with numbers."""
    concurrency = _functions._sqs_esm_concurrency

    def limit(esm: dict[str, Any], *arguments: Any) -> Any:
        if "MaximumConcurrency" in (scaling := esm.get("ScalingConfig") or {}):
            scaling["MaximumConcurrency"] = int(scaling["MaximumConcurrency"])
        return concurrency(esm, *arguments)

    _functions._sqs_esm_concurrency = limit


def bridge_reservations() -> None:
    """`ReservedConcurrentExecutions` of a template is ignored; Lambda keeps to it, and refuses what leaves too little.

    Lambda's rule: a hundred of the account's executions stay unreserved.
    """
    handlers = _provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]

    def reserving(make: Callable[..., Any], position: int) -> Callable[..., Any]:
        @wraps(make)
        def made(*arguments: Any, **named: Any) -> Any:
            properties = arguments[position]
            asked, name = properties.get("ReservedConcurrentExecutions"), properties["FunctionName"]
            others = sum(int(each["concurrency"] or 0) for key, each in _functions._functions.items() if key != name)
            left = _functions._ACCOUNT_CONCURRENCY_CAP - others - int(asked or 0)
            if asked is not None and left < _UNRESERVED:
                raise ValueError(
                    "Specified ReservedConcurrentExecutions for function decreases account's "
                    f"UnreservedConcurrentExecution below its minimum value of [{_UNRESERVED}]."
                )
            result = make(*arguments, **named)
            _functions._functions[name]["concurrency"] = None if asked is None else int(asked)
            return result

        return made

    handlers["create"], handlers["update"] = reserving(handlers["create"], 1), reserving(handlers["update"], 2)


_UNRESERVED = 100


def bridge_bucket_owner() -> None:
    """`x-amz-expected-bucket-owner` is not looked at; S3 refuses a request to a bucket of another account."""
    handle = _s3.handle_request

    async def handled(method: str, path: str, headers: Any, *rest: Any, **named: Any) -> Any:
        expected = {name.lower(): value for name, value in headers.items()}.get("x-amz-expected-bucket-owner")
        bucket, _ = _s3._parse_bucket_key(path, headers)
        owner = _s3._bucket_owner_account(bucket) if expected and bucket else None
        if owner is not None and owner != expected:
            body = (
                b"" if method == "HEAD" else b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
            )
            return 403, {"Content-Type": "application/xml"}, body
        return await handle(method, path, headers, *rest, **named)

    _s3.handle_request = handled


def bridge_secure_transport() -> None:
    """Functions speak plain HTTP to the emulator, where on AWS they speak TLS; a bucket's policy asks for it."""
    pin = _app.pin_request_origin
    _app.pin_request_origin = lambda source_ip, _: pin(source_ip, True)


def bridge_key_conditions() -> None:
    """A key named by an alias is judged as the alias, and `kms:KeySpec` is not known.

    On AWS the key behind the alias is what a policy must allow, and a change of an alias needs the right on the alias
    and on each key that it names.
    """
    resource, context, enforce = _actions.extract_resource_arn, _actions.request_tag_context, _evaluator.enforce

    def key_named(body: bytes) -> dict[str, Any] | None:
        try:
            key_id = json.loads(body or b"{}").get("KeyId", "")
        except ValueError:
            return None
        found: dict[str, Any] | None = _kms._resolve_key(key_id) if key_id else None
        return found

    def resource_of(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any) -> Any:
        key = key_named(body) if service == "kms" else None
        return key["Arn"] if key else resource(service, method, path, headers, body, *rest)

    def context_of(service: str, action: str, body: bytes, params: Any) -> Any:
        known = dict(context(service, action, body, params))
        if service == "kms":
            key = key_named(body)
            asked = {} if key else json.loads(body or b"{}")
            spec = key.get("KeySpec") if key else asked.get("KeySpec")
            if spec:
                known["kms:KeySpec"] = spec
            if action in _ALIAS_CHANGES:
                known["_alias_change"] = json.loads(body)
        return known

    def enforced(
        access_key: str, action: str, service: str, region: str, resource_arn: str = "*", service_context: Any = None
    ) -> Any:
        asked = dict(service_context or {})
        change = asked.pop("_alias_change", None)
        if change is None:
            return enforce(access_key, action, service, region, resource_arn, asked)
        alias = _kms._alias_arn(change["AliasName"])
        keys = [_kms._resolve_key(change["TargetKeyId"])] if "TargetKeyId" in change else []
        keys += [_kms._keys.get(_kms._aliases[alias])] if alias in _kms._aliases else []
        checks: list[tuple[str, dict[str, Any]]] = [(alias, {})] + [
            (key["Arn"], {"kms:KeySpec": key["KeySpec"]}) for key in keys if key
        ]
        for arn, more in checks:
            if denied := enforce(access_key, action, service, region, arn, {**asked, **more}):
                return denied
        return None

    _actions.extract_resource_arn, _actions.request_tag_context = resource_of, context_of
    _evaluator.enforce = enforced


_ALIAS_CHANGES = frozenset({"kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"})


def bridge_queue_batches() -> None:
    """A batch is judged as an action of its own, which IAM does not have; on AWS it needs the single action."""
    action = _actions.extract_iam_action

    def action_of(service: str, *arguments: Any) -> Any:
        named = action(service, *arguments)
        return named.removesuffix("Batch") if service == "sqs" and named else named

    _actions.extract_iam_action = action_of


def bridge_letters() -> None:
    """Sending mail is judged without its sender; on AWS by its identity, with `ses:FromAddress`."""
    resource, context = _actions.extract_resource_arn, _actions.request_tag_context

    def resource_of(service: str, method: str, path: str, headers: Any, body: bytes, params: Any, *place: Any) -> Any:
        found = resource(service, method, path, headers, body, params, *place)
        sender = _sender(service, body, params)
        region, account = place
        return f"arn:aws:ses:{region}:{account}:identity/{sender}" if sender and found == "*" else found

    def context_of(service: str, action: str, body: bytes, params: Any) -> Any:
        known = dict(context(service, action, body, params))
        if sender := _sender(service, body, params):
            known["ses:FromAddress"] = sender
        return known

    _actions.extract_resource_arn, _actions.request_tag_context = resource_of, context_of


def _sender(service: str, body: bytes, params: Any) -> str:
    return str(_actions._param(body, params, "Source")) if service == "ses" else ""


def hand_over_functions(host: str) -> None:
    """Sends every invocation to `host`, where our functions run under Lambda's runtime client."""
    _functions._proxy_url_for = lambda _: host


def speed_schedules(scale: float) -> None:
    """Makes schedules by rate wait `scale` times their interval."""
    seconds: Callable[[str], int | None] = _events._parse_rate_seconds

    def scaled(expression: str) -> float | None:
        given = seconds(expression)
        return None if given is None else given * scale

    _events._parse_rate_seconds = scaled


def log_refusals(path: str) -> None:
    """Writes each refused call of a function as a line of JSON, so that the checks of a stage can fail for it."""
    enforce = _evaluator.enforce

    def enforced(access_key: str, action: str, service: str, *rest: Any, **named: Any) -> Any:
        denied = enforce(access_key, action, service, *rest, **named)
        principal = getattr(denied, "principal_arn", "")
        if principal:
            resource = named.get("resource_arn", rest[1] if len(rest) > 1 else "*")
            with open(path, "a") as log:
                log.write(json.dumps({"principal": principal, "action": action, "resource": resource}) + "\n")
        return denied

    _evaluator.enforce = enforced


def main() -> None:
    """Bridges the gaps and serves."""
    if (found := version("ministack")) != VERSION:
        sys.exit(f"the bridges were made for ministack {VERSION}, and {found} is installed: try each again")
    bridge_template_address()
    bridge_any_method()
    bridge_secret_reference()
    bridge_maximum_concurrency()
    bridge_reservations()
    bridge_bucket_owner()
    _releases.bridge_transform_parameters()
    _releases.bridge_update_policies()
    _releases.bridge_weighted_aliases()
    bridge_secure_transport()
    bridge_key_conditions()
    bridge_queue_batches()
    bridge_letters()
    log_refusals(os.environ["STAGE_REFUSALS"])
    hand_over_functions(os.environ["STAGE_FUNCTIONS"])
    _releases.play_codedeploy(float(os.environ["STAGE_CANARY_SECONDS"]))
    speed_schedules(float(os.environ.get("STAGE_SCHEDULE_SCALE", "1")))
    _app.main()


if __name__ == "__main__":
    main()
