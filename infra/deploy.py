"""Packages a stage and deploys it by CloudFormation: `python -m infra.deploy STAGE [NAME=VALUE…]`.

The zip goes into a bucket of the account, named by its hash, so that an earlier package can be deployed again.
`NAME=VALUE` sets a parameter of the template, which keeps that value in later deployments; only `Canary` does not.

A stack is created in two steps. If the first fails, all of it is rolled back. The second protects the tables against
deletion and tells the functions the API's address. In an update, new versions of the functions take a tenth of the
calls first, unless `Canary=off` is given.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError, WaiterError

from infra.aws_session import aws_session
from infra.code_bucket import CodeBucket, Refused
from infra.mail import mail_warnings
from infra.package import Package, package
from infra.reader import ended_with_reader
from infra.template.assembled import PROTECTED, template_of
from infra.template.functions import OLDER_RELEASE
from infra.template.release import CANARY, RELEASE
from infra.zip.dependencies import ARCHITECTURES, PackagingFailed

_PATIENCE = {"Delay": 5, "MaxAttempts": 720}
_NOTHING_NEW = ("didn't contain changes", "No updates are to be performed")
_NOT_TO_BE_SET = ("CodeBucket", "CodeKey", PROTECTED, RELEASE)
# Parameters that are no setting of the functions.
_NO_SETTINGS = frozenset({"CodeBucket", PROTECTED, RELEASE, CANARY})
_CANARY = (
    "new versions take a tenth of the calls for five minutes and are taken back if they fail; "
    'ARGS="Canary=off" skips that'
)
_SENDER = "MailSender"
_NOBODYS = ".example"  # the domain that is reserved for examples (RFC 2606)
# A first change set that was never executed: a stack without resources.
_NEVER_MADE = "REVIEW_IN_PROGRESS"
# A creation that failed: nothing of it is left but its name, which CloudFormation lets nobody use until it is deleted.
_LEFT_OVER = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED"})
# SQS refuses the name of a queue for a minute after the queue was deleted.
_NAME_TAKEN_SECONDS = 60
_MOST_REASONS = 10
# A reason that names this call refers to it: what was wrong before the change began is listed there alone.
_LISTED_ELSEWHERE = "DescribeEvents"
_LEFT_BEHIND = (
    "An earlier stack of this name left what holds data. docs/operations.md, Recovery and Tear-down, says how to take "
    "it over or to remove it."
)


class DeploymentFailed(Exception):
    """Nothing was deployed, or CloudFormation rolled back what it had begun; the message says why."""


class Deployment:
    """The stack of one stage."""

    def __init__(self, stage: str, session: Any) -> None:
        self._stack = f"spacegarden-{stage}"
        self._session = session
        self._cloudformation = session.create_client("cloudformation")

    def require_choices(self, known: Mapping[str, Any], given: Mapping[str, str]) -> None:
        """Raises `DeploymentFailed` if a parameter that needs an address still has its placeholder."""
        chosen = self._present_parameters().keys() | given.keys()
        left = {name: str(each.get("Default", "")) for name, each in known.items() if name not in chosen}
        if missing := [name for name, default in left.items() if default.endswith(_NOBODYS)]:
            asked = "".join(f"\n  {name}: {known[name]['Description']}" for name in missing)
            example = " ".join(f"{name}=…" for name in missing)
            raise DeploymentFailed(f'These have no default; choose them by ARGS="{example}":{asked}')

    def warn_of_mail(self, given: Mapping[str, str]) -> None:
        """Prints what prevents mail from being sent. That does not stop the deployment."""
        sender = given.get(_SENDER) or self._present_parameters().get(_SENDER, "")
        for warning in mail_warnings(self._session, sender):
            print(f"warning: {warning}", flush=True)

    def run(self, made: Package, given: Mapping[str, str]) -> dict[str, str]:
        """Creates or updates the stack and gives its outputs. Raises `DeploymentFailed`, `Refused`."""
        self._require_rest()
        bucket = CodeBucket(self._session, region=self._region)
        code_key = bucket.upload(self._stack, made.code, "zip")
        address = bucket.address(bucket.upload(self._stack, made.template, "json"))
        known = json.loads(made.template.read_text())["Parameters"]
        stands = self._standing() is not None
        # A stack that is only now created has no earlier version to go back to.
        of_the_moment = {PROTECTED: "yes" if stands else "no", CANARY: "on" if stands else "off"}
        if not stands:
            of_the_moment[OLDER_RELEASE] = "none"
        code = {"CodeBucket": bucket.name, "CodeKey": code_key}
        first = code | {name: value for name, value in of_the_moment.items() if name in known} | dict(given)
        outputs = self._change(address, first, known)
        second = first | ({PROTECTED: "yes"} if PROTECTED in known else {})
        own = outputs.get("EndpointURL", "").rstrip("/")
        if own and outputs.get("PublicUrl", "").endswith(".invalid"):
            second["PublicUrl"] = own  # without a domain it is known only now
        return outputs if second == first else self._change(address, second, known)

    @property
    def _region(self) -> str:
        return str(self._cloudformation.meta.region_name)

    def _require_rest(self) -> None:
        """Removes what a failed creation left. Raises `DeploymentFailed` if the stack cannot be changed now."""
        status = str(self._describe().get("StackStatus", ""))
        if status in _LEFT_OVER:
            self._remove_left_over()
        elif status.endswith("_IN_PROGRESS") and status != _NEVER_MADE:
            raise DeploymentFailed(f"The stack {self._stack} is being changed ({status}). Wait until that has ended.")
        elif status.endswith("_FAILED") and status not in ("CREATE_FAILED", "UPDATE_FAILED"):
            raise DeploymentFailed(
                f"The stack {self._stack} is stuck ({status}); docs/operations.md, Recovery, says how to go on."
            )

    def _remove_left_over(self) -> None:
        newest = next(iter(self._events()), None)
        print(f"removing the stack {self._stack}, whose creation failed", flush=True)
        self._cloudformation.delete_stack(StackName=self._stack)
        self._wait("stack_delete_complete")
        if newest is not None:
            age = (datetime.now(UTC) - newest["Timestamp"]).total_seconds()
            time.sleep(min(max(0.0, _NAME_TAKEN_SECONDS - age), _NAME_TAKEN_SECONDS))

    def _change(self, template_url: str, parameters: Mapping[str, str], known: Mapping[str, Any]) -> dict[str, str]:
        exists = self._standing() is not None
        present = self._present_parameters()
        if RELEASE in known:
            parameters = {**parameters, RELEASE: _release(template_url, parameters, known, present)}
        asked: list[dict[str, Any]] = [
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ]
        asked += [
            {"ParameterKey": name, "UsePreviousValue": True}
            for name in known
            if name in present.keys() - parameters.keys()
        ]
        name = f"deploy-{int(time.time() * 1000)}"
        self._cloudformation.create_change_set(
            StackName=self._stack,
            ChangeSetName=name,
            ChangeSetType="UPDATE" if exists else "CREATE",
            TemplateURL=template_url,
            Parameters=asked,
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        if self._is_empty(name):
            print("nothing has changed", flush=True)
            return self._outputs()
        self._cloudformation.execute_change_set(StackName=self._stack, ChangeSetName=name)
        print(f"{'updating' if exists else 'creating'} the stack {self._stack} (minutes)", flush=True)
        if parameters.get(CANARY) == "on":
            print(_CANARY, flush=True)
        self._wait("stack_update_complete" if exists else "stack_create_complete")
        return self._outputs()

    def _is_empty(self, change_set: str) -> bool:
        waiter = self._cloudformation.get_waiter("change_set_create_complete")
        try:
            waiter.wait(StackName=self._stack, ChangeSetName=change_set, WaiterConfig=_PATIENCE)
        except WaiterError as error:
            reason = str(error.last_response.get("StatusReason", ""))
            if not any(words in reason for words in _NOTHING_NEW):
                raise DeploymentFailed(_with_advice(f"CloudFormation refuses the change: {reason}")) from error
            self._cloudformation.delete_change_set(StackName=self._stack, ChangeSetName=change_set)
            return True
        return False

    def _wait(self, name: str) -> None:
        try:
            self._cloudformation.get_waiter(name).wait(StackName=self._stack, WaiterConfig=_PATIENCE)
        except WaiterError as error:
            reasons = self._failure_reasons() or [str(error)]
            if any(_LISTED_ELSEWHERE in reason for reason in reasons):
                reasons += self._invalid()
            reasons += self._firing_alarms()
            raise DeploymentFailed(
                _with_advice("\n".join(["CloudFormation took the change back:", *reasons]))
            ) from error

    def _failure_reasons(self) -> list[str]:
        """Why the last change failed, the first failure first; without resources that were cancelled for it."""
        failed = []
        for event in self._events():
            is_stack = event["LogicalResourceId"] == self._stack
            reason = str(event.get("ResourceStatusReason", ""))
            if is_stack and reason == "User Initiated":
                break  # here the change began
            if event["ResourceStatus"].endswith("_FAILED") and "cancelled" not in reason:
                failed.append(f"{event['LogicalResourceId']}: {reason}")
        return failed[::-1][:_MOST_REASONS]

    def _invalid(self) -> list[str]:
        """What CloudFormation found wrong before it began the last change, such as names that are taken."""
        pages = self._cloudformation.get_paginator("describe_events").paginate(StackName=self._stack)
        events = [event for page in pages for event in page["OperationEvents"]]
        newest = [event["OperationId"] for event in sorted(events, key=lambda event: event["Timestamp"])][-1:]
        return [
            f"{event.get('LogicalResourceId')}: {event.get('ValidationStatusReason')}"
            for event in events
            if event["EventType"] == "VALIDATION_ERROR" and event["OperationId"] in newest
        ][:_MOST_REASONS]

    def _firing_alarms(self) -> Iterator[str]:
        """The alarms of the stack that ring now; one of them may have caused the rollback."""
        pages = self._session.create_client("cloudwatch").get_paginator("describe_alarms")
        for page in pages.paginate(AlarmNamePrefix=f"{self._stack}-"):
            for alarm in page["MetricAlarms"]:
                if alarm["StateValue"] == "ALARM":
                    yield f"the alarm {alarm['AlarmName']} rings"

    def _events(self) -> Iterator[dict[str, Any]]:
        """The stack's events, newest first, however many pages they are."""
        pages = self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=self._stack)
        for page in pages:
            yield from page["StackEvents"]

    def _describe(self) -> dict[str, Any]:
        """The stack, whatever its state; empty if there is none."""
        try:
            [stack] = self._cloudformation.describe_stacks(StackName=self._stack)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return {}
            raise
        return dict(stack)

    def _standing(self) -> dict[str, Any] | None:
        """The stack, if it has been made."""
        stack = self._describe()
        return stack if stack and stack["StackStatus"] not in {_NEVER_MADE, *_LEFT_OVER} else None

    def _present_parameters(self) -> dict[str, str]:
        """The parameters' present values; those of secret ones are asterisks."""
        stack = self._standing() or {}
        return {each["ParameterKey"]: each.get("ParameterValue", "") for each in stack.get("Parameters", [])}

    def _outputs(self) -> dict[str, str]:
        return {output["OutputKey"]: output["OutputValue"] for output in self._describe().get("Outputs", [])}


def _with_advice(reason: str) -> str:
    return f"{reason}\n{_LEFT_BEHIND}" if "already exist" in reason else reason


def _release(
    template_url: str, parameters: Mapping[str, str], known: Mapping[str, Any], present: Mapping[str, str]
) -> str:
    """Names the code together with the settings. When this name changes, the functions get new versions.

    Without it Lambda would publish no version when only a parameter has changed, and SAM would not notice the change
    either.
    """
    defaults = {name: str(parameter.get("Default", "")) for name, parameter in known.items()}
    values = {**defaults, **present, **parameters}
    settings = {name: value for name, value in values.items() if name in known and name not in _NO_SETTINGS}
    return sha256(json.dumps([template_url, settings], sort_keys=True).encode()).hexdigest()[:10]


def deploy(stage: str, given: Mapping[str, str], *, machine: str = "arm64") -> dict[str, str]:
    """Packages and deploys a stage; gives the stack's outputs. Raises `DeploymentFailed`, `PackagingFailed`."""
    session = aws_session()
    try:
        # Before minutes are spent on a package that cannot be deployed.
        who = session.create_client("sts").get_caller_identity()
        print(f"account {who['Account']} as {who['Arn']}", flush=True)
        deployment = Deployment(stage, session)
        deployment.require_choices(template_of(stage)["Parameters"], given)
        deployment.warn_of_mail(given)
        return deployment.run(package(stage, machine=machine), given)
    except (NoCredentialsError, NoRegionError) as error:
        raise DeploymentFailed(
            "There is no AWS account to deploy to: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            "and AWS_REGION."
        ) from error
    except Refused as error:
        raise DeploymentFailed(str(error)) from error
    except (BotoCoreError, ClientError) as error:
        raise DeploymentFailed(f"AWS refuses: {error}") from error


def main() -> None:
    """Deploys and prints the outputs."""
    parser = argparse.ArgumentParser(prog="python -m infra.deploy")
    parser.add_argument("stage")
    parser.add_argument("parameters", nargs="*", metavar="NAME=VALUE", help="parameters of the template")
    parser.add_argument("--machine", choices=ARCHITECTURES, default="arm64")
    given = parser.parse_args()
    pairs = [text.partition("=") for text in given.parameters]
    if wrong := [name for name, equals, _ in pairs if not equals or name in _NOT_TO_BE_SET]:
        parser.error(f"not NAME=VALUE of a parameter that may be set: {', '.join(wrong)}")
    try:
        outputs = deploy(given.stage, {name: value for name, _, value in pairs}, machine=given.machine)
    except (DeploymentFailed, PackagingFailed) as error:
        sys.exit(str(error))
    for name, value in sorted(outputs.items()):
        print(f"{name:20} {value}")


if __name__ == "__main__":
    with ended_with_reader():
        main()
