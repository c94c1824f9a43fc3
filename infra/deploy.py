"""Deploys what `make package` made: `python -m infra.deploy STAGE [NAME=VALUE…]`, by CloudFormation.

The zip goes into a bucket of the account's, under the name of its contents, so that an earlier package can be put in
place again. `NAME=VALUE` sets a parameter of the template for good; those not given keep their last values.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError, WaiterError

from infra.dependencies import ARCHITECTURES, PackagingFailed
from infra.package import Package, package
from infra.template.assembled import template_of

_PATIENCE = {"Delay": 5, "MaxAttempts": 720}
_NOTHING_NEW = ("didn't contain changes", "No updates are to be performed")
_CODE = ("CodeBucket", "CodeKey")
_NOBODYS = ".example"  # the domain that is kept for examples (RFC 2606)


class DeploymentFailed(Exception):
    """Nothing was deployed, or CloudFormation took back what it had begun; the message says why."""


class Deployment:
    """The stack of one stage."""

    def __init__(self, stage: str, session: Any) -> None:
        self._stack = f"spacegarden-{stage}"
        self._session = session
        self._cloudformation = session.create_client("cloudformation")

    def require_choices(self, known: Mapping[str, Any], given: Mapping[str, str]) -> None:
        """Raises `DeploymentFailed` where a parameter is left at a default that is nobody's address."""
        chosen = self._present_parameters() | given.keys()
        left = {name: str(each.get("Default", "")) for name, each in known.items() if name not in chosen}
        if missing := [name for name, default in left.items() if default.endswith(_NOBODYS)]:
            asked = "".join(f"\n  {name}: {known[name]['Description']}" for name in missing)
            example = " ".join(f"{name}=…" for name in missing)
            raise DeploymentFailed(f'These have no default; choose them by ARGS="{example}":{asked}')

    def run(self, made: Package, given: Mapping[str, str]) -> dict[str, str]:
        """Creates or updates the stack and gives its outputs. Raises `DeploymentFailed`."""
        bucket = self._code_bucket()
        code_key = self._upload(bucket, made.code, "zip")
        template_key = self._upload(bucket, made.template, "json")
        parameters = {"CodeBucket": bucket, "CodeKey": code_key, **given}
        outputs = self._change(f"https://{bucket}.s3.{self._region}.amazonaws.com/{template_key}", parameters, made)
        address = outputs.get("EndpointURL", "").rstrip("/")
        if address and outputs.get("PublicUrl", "").endswith(".invalid"):
            # Without a domain the address is known only now; the functions are told it.
            parameters["PublicUrl"] = address
            outputs = self._change(f"https://{bucket}.s3.{self._region}.amazonaws.com/{template_key}", parameters, made)
        return outputs

    @property
    def _region(self) -> str:
        return str(self._cloudformation.meta.region_name)

    def _code_bucket(self) -> str:
        account = self._session.create_client("sts").get_caller_identity()["Account"]
        name = f"spacegarden-code-{account}-{self._region}"
        s3 = self._session.create_client("s3")
        try:
            s3.head_bucket(Bucket=name)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
                raise
            place = {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
            s3.create_bucket(Bucket=name, **({} if self._region == "us-east-1" else place))
            closed = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
            s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(closed, True))
        return name

    def _upload(self, bucket: str, path: Path, suffix: str) -> str:
        content = path.read_bytes()
        key = f"{self._stack}/{sha256(content).hexdigest()}.{suffix}"
        self._session.create_client("s3").put_object(Bucket=bucket, Key=key, Body=content)
        return key

    def _change(self, template_url: str, parameters: Mapping[str, str], made: Package) -> dict[str, str]:
        exists = self._describe() is not None
        known = json.loads(made.template.read_text())["Parameters"]
        kept = self._present_parameters() if exists else set()
        asked: list[dict[str, Any]] = [
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ]
        asked += [
            {"ParameterKey": name, "UsePreviousValue": True} for name in known if name in kept - parameters.keys()
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
        self._wait("stack_update_complete" if exists else "stack_create_complete")
        return self._outputs()

    def _is_empty(self, change_set: str) -> bool:
        waiter = self._cloudformation.get_waiter("change_set_create_complete")
        try:
            waiter.wait(StackName=self._stack, ChangeSetName=change_set, WaiterConfig=_PATIENCE)
        except WaiterError as error:
            reason = str(error.last_response.get("StatusReason", ""))
            if not any(words in reason for words in _NOTHING_NEW):
                raise DeploymentFailed(f"CloudFormation refuses the change: {reason}") from error
            self._cloudformation.delete_change_set(StackName=self._stack, ChangeSetName=change_set)
            return True
        return False

    def _wait(self, name: str) -> None:
        try:
            self._cloudformation.get_waiter(name).wait(StackName=self._stack, WaiterConfig=_PATIENCE)
        except WaiterError as error:
            events = self._cloudformation.describe_stack_events(StackName=self._stack)["StackEvents"]
            failed = [
                f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
                for event in events
                if event["ResourceStatus"].endswith("_FAILED")
            ]
            raise DeploymentFailed("CloudFormation took the change back:\n" + "\n".join(failed[:10])) from error

    def _describe(self) -> dict[str, Any] | None:
        try:
            [stack] = self._cloudformation.describe_stacks(StackName=self._stack)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        # A first change set that was never executed leaves a stack without resources.
        return None if stack["StackStatus"] == "REVIEW_IN_PROGRESS" else dict(stack)

    def _present_parameters(self) -> set[str]:
        stack = self._describe() or {}
        return {parameter["ParameterKey"] for parameter in stack.get("Parameters", [])}

    def _outputs(self) -> dict[str, str]:
        stack = self._describe() or {}
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def deploy(stage: str, given: Mapping[str, str], *, machine: str = "arm64") -> dict[str, str]:
    """Packages and deploys a stage; gives the stack's outputs. Raises `DeploymentFailed`, `PackagingFailed`."""
    session = botocore.session.get_session()
    if region := os.environ.get("AWS_REGION"):  # botocore knows the older name alone, unlike AWS's command
        session.set_config_variable("region", region)
    try:
        # Before minutes are spent on a package that cannot be deployed.
        who = session.create_client("sts").get_caller_identity()
        print(f"account {who['Account']} as {who['Arn']}", flush=True)
        deployment = Deployment(stage, session)
        deployment.require_choices(template_of(stage)["Parameters"], given)
        return deployment.run(package(stage, machine=machine), given)
    except (NoCredentialsError, NoRegionError) as error:
        raise DeploymentFailed(
            "There is no AWS account to deploy to: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            "and AWS_REGION."
        ) from error
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
    if wrong := [name for name, equals, _ in pairs if not equals or name in _CODE]:
        parser.error(f"not NAME=VALUE of a parameter that may be set: {', '.join(wrong)}")
    try:
        outputs = deploy(given.stage, {name: value for name, _, value in pairs}, machine=given.machine)
    except (DeploymentFailed, PackagingFailed) as error:
        sys.exit(str(error))
    for name, value in sorted(outputs.items()):
        print(f"{name:20} {value}")


if __name__ == "__main__":
    main()
