"""The parts of releases that ministack lacks, and CodeDeploy, which it does not have and which is simulated here.

The alias is really shifted, calls really reach the new version by its weight, and the deployed alarms decide by the
metrics that functions and gateway report. Only the decision is made here, and minutes pass as seconds.
"""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from importlib import import_module
from typing import Any, NamedTuple

_stacks: Any = import_module("ministack.services.cloudformation.stacks")
_cloudformation: Any = import_module("ministack.services.cloudformation")
_changesets: Any = import_module("ministack.services.cloudformation.changesets")
_engine: Any = import_module("ministack.services.cloudformation.engine")
_provisioners: Any = import_module("ministack.services.cloudformation.provisioners")
_functions: Any = import_module("ministack.services.lambda_svc")
_cloudwatch: Any = import_module("ministack.services.cloudwatch")
_sam: Any = import_module("samtranslator.translator.transform")

_SHARE = 0.1
_CANARY_SECONDS = 300.0
_LOOK_SECONDS = 0.2
_ALIAS = "AWS::Lambda::Alias"


def bridge_transform_parameters() -> None:
    """SAM is told no values of parameters, by which on AWS it names the versions of functions."""
    values: ContextVar[Mapping[str, str]] = ContextVar("values")
    apply, transform = _changesets._apply_transforms, _sam.transform

    def applied(template: dict[str, Any], given: Any = None, before: Any = None) -> Any:
        token = values.set(_engine._transform_parameters(template, given, before))
        try:
            return apply(template, given, before)
        finally:
            values.reset(token)

    _changesets._apply_transforms = applied
    _sam.transform = lambda template, _, loader: transform(template, dict(values.get()), loader)


def bridge_update_policies() -> None:
    """What an update policy refers to is not changed before the resource; on AWS any reference is a dependency."""
    sort = _stacks._topological_sort

    def in_order(resources: dict[str, Any], conditions: Any) -> Any:
        depending = {
            name: {**resource, "DependsOn": [*_listed(resource.get("DependsOn")), *_deployment_group(resource)]}
            for name, resource in resources.items()
        }
        order = sort(depending, conditions)
        _last_alias[:] = [name for name in order if _deployment_group(resources[name])][-1:]
        return order

    _stacks._topological_sort = in_order


# The logical id of the last alias in the change that is under way; empty if it shifts none.
_last_alias: list[str] = []


def _listed(names: str | list[str] | None) -> list[str]:
    return [names] if isinstance(names, str) else names or []


def _deployment_group(alias: dict[str, Any]) -> list[str]:
    """The logical id of the group by which an alias is shifted."""
    policy = alias.get("UpdatePolicy", {}).get("CodeDeployLambdaAliasUpdate")
    return [policy["DeploymentGroupName"]["Ref"]] if policy else []


def bridge_weighted_aliases() -> None:
    """An alias leads to its first version alone; on AWS its weights decide for each call."""
    record, invoke = _functions._effective_func_record_for_qualifier, _functions._invoke

    def chosen(function: dict[str, Any] | None, qualifier: str | None) -> str | None:
        alias = (function or {}).get("aliases", {}).get(qualifier) or {}
        weights: dict[str, float] = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        left = random.random()
        for version, weight in weights.items():
            left -= weight
            if left < 0:
                return version
        return qualifier

    async def invoked(name: str, event: Any, headers: Any, path_qualifier: str | None = None, query: Any = None) -> Any:
        given = path_qualifier or _functions._qp_first(query or {}, "Qualifier") or None
        return await invoke(name, event, headers, chosen(_functions._functions.get(name), given), query)

    _functions._effective_func_record_for_qualifier = lambda function, qualifier: record(
        function, chosen(function, qualifier)
    )
    _functions._invoke = invoked


class _Shift(NamedTuple):
    """A version that has its share of an alias's calls; `alarms` are the names of those that judge it."""

    function: str
    alias: str
    version: str
    alarms: tuple[str, ...]
    began: float

    def give(self, change: dict[str, Any]) -> None:
        """Changes the alias."""
        _functions._update_alias(self.function, self.alias, change)


def play_codedeploy(canary_seconds: float) -> None:
    """Shifts the aliases that an update changes, as their groups say; the five minutes take `canary_seconds`.

    CloudFormation changes them side by side, ministack one after the other. So each only begins its shift, and the
    last one waits for all, and fails if an alarm of any rings.
    """
    groups: dict[str, dict[str, Any]] = {}
    under_way: list[_Shift] = []
    handlers = _provisioners._RESOURCE_HANDLERS
    create, update = handlers[_ALIAS]["create"], handlers[_ALIAS]["update"]

    def created(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, Any]]:
        name = f"{stack}-{logical_id}"
        groups[name] = properties
        return name, {}

    def updated(name: str, _: Any, properties: dict[str, Any], __: str) -> tuple[str, dict[str, Any]]:
        groups[name] = properties
        return name, {}

    def deleted(name: str, _: Any) -> None:
        groups.pop(name, None)

    def alias_created(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        result = create(logical_id, properties, stack)
        settle_after(logical_id)
        return result

    def alias_updated(
        physical_id: str, before: dict[str, Any], after: dict[str, Any], stack: str, logical_id: str
    ) -> Any:
        group = groups.get(f"{stack}-{logical_id.rpartition('Alias')[0]}DeploymentGroup")
        is_forward = _cloudformation._stacks[stack]["StackStatus"] == "UPDATE_IN_PROGRESS"
        is_new = after["FunctionVersion"] != before["FunctionVersion"]
        if is_forward and is_new and group and "Canary" in group["DeploymentConfigName"]:
            _, function, _, _ = _provisioners._lambda_function_for_cfn_ref(after["FunctionName"])
            alarms = tuple(each["Name"] for each in group.get("AlarmConfiguration", {}).get("Alarms", ()))
            shift = _Shift(function, after["Name"], after["FunctionVersion"], alarms, time.time())
            shift.give({"RoutingConfig": {"AdditionalVersionWeights": {shift.version: _SHARE}}})
            under_way.append(shift)
            result = physical_id, {"AliasArn": physical_id}
        else:
            give_back()
            result = update(physical_id, before, after, stack, logical_id)
        settle_after(logical_id)
        return result

    def settle_after(logical_id: str) -> None:
        if logical_id in _last_alias:
            try:
                _watch(under_way, canary_seconds)
                for shift in under_way:
                    shift.give({"FunctionVersion": shift.version})
            finally:
                give_back()

    def give_back() -> None:
        for shift in under_way:
            shift.give({"RoutingConfig": {}})
        under_way.clear()

    handlers["AWS::CodeDeploy::Application"] = {"create": created, "update": updated, "delete": deleted}
    handlers["AWS::CodeDeploy::DeploymentGroup"] = {"create": created, "update": updated, "delete": deleted}
    handlers[_ALIAS] |= {"create": alias_created, "update": alias_updated}
    waits = _stacks._runs_on_worker_thread
    _stacks._runs_on_worker_thread = lambda kind: kind == _ALIAS or waits(kind)


def _watch(shifts: Sequence[_Shift], seconds: float) -> None:
    """Waits while new versions have their share. Raises `ValueError` where an alarm rings, which fails the update."""
    minute = 60 * seconds / _CANARY_SECONDS
    while shifts and time.time() < shifts[-1].began + seconds:
        ringing = [name for each in shifts for name in each.alarms if _rings(name, each.began, minute)]
        if ringing:
            raise ValueError(
                "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and "
                f"the affected deployments have been stopped. Activated alarms: {', '.join(ringing)}"
            )
        time.sleep(_LOOK_SECONDS)


def _rings(name: str, began: float, minute: float) -> bool:
    """Judges an alarm by its own metric and dimensions; ministack itself ignores dimensions."""
    alarm = _cloudwatch._alarms[name]
    if (alarm["Statistic"], alarm["ComparisonOperator"]) != ("Sum", "GreaterThanThreshold"):
        raise ValueError(f"the alarm {alarm['AlarmName']} is of a kind that is not played")
    sums: dict[int, float] = {}
    for at, value in _points(alarm):
        if at >= began:
            sums[int((at - began) / minute)] = sums.get(int((at - began) / minute), 0.0) + value
    threshold: float = alarm["Threshold"]
    breaches = sum(total > threshold for total in sums.values())
    needed: int = alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"]
    return breaches >= needed


def _points(alarm: dict[str, Any]) -> Iterator[tuple[float, float]]:
    wanted = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
    key = (alarm["Namespace"], alarm["MetricName"], _cloudwatch._dims_key(wanted))
    for point in _cloudwatch._metrics.get(key, ()):
        yield point["Timestamp"], _cloudwatch._point_stats(point)[1]
