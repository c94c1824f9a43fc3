"""What was deployed as the API: its resources and methods, and the gateway's own answers."""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from botocore.session import Session

# "{name}" of a resource stands for one segment of a path, "{name+}" for all that are left.
_GREEDY: Final = "+}"


class OwnAnswer(NamedTuple):
    """An answer that the gateway makes without asking a function. A `status` of None is the usual one of its kind."""

    status: int | None
    body: str
    headers: Mapping[str, str]


class Limits(NamedTuple):
    """How much a stage takes: requests a second and at once, and the seconds that a function has for an answer."""

    rate: float = 10_000.0
    burst: float = 5_000.0
    answer_seconds: float = 29.0


class Route(NamedTuple):
    """The resource that a path leads to. `functions` are the ARNs that answer, by method."""

    resource: str
    variables: Mapping[str, str]
    functions: Mapping[str, str]


class Api(NamedTuple):
    """A deployed REST API and the name of its stage.

    `resources` has the function's ARN by method, by the segments of a path; `smallest_compressed` is in bytes.
    """

    id: str
    name: str
    stage: str
    resources: Mapping[tuple[str, ...], Mapping[str, str]]
    binary_types: frozenset[str]
    smallest_compressed: int | None
    own_answers: Mapping[str, OwnAnswer]
    limits: Limits = Limits()

    def find(self, path: str) -> Route | None:
        """The resource of a path: the most specific one that matches it, as API Gateway chooses.

        A segment that is written out comes before a variable, and a variable before a rest of the path. One trailing
        slash makes no difference.
        """
        beneath = path.removeprefix("/").removesuffix("/")
        segments = tuple(beneath.split("/")) if beneath else ()
        found = self._match(segments, ())
        if found is None:
            return None
        resource, variables = found
        return Route("/" + "/".join(resource), variables, self.resources[resource])

    def _match(self, left: tuple[str, ...], walked: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, str]] | None:
        if not left:
            return (walked, {}) if self.resources.get(walked) else None
        depth = len(walked)
        children = {key[depth] for key in self.resources if len(key) > depth and key[:depth] == walked}
        first, rest = left[0], left[1:]
        if first in children and (found := self._match(rest, (*walked, first))):
            return found
        variables = sorted(child for child in children if child.startswith("{"))
        for child in variables:
            if not child.endswith(_GREEDY) and (found := self._match(rest, (*walked, child))):
                return found[0], {child[1:-1]: first, **found[1]}
        for child in variables:
            if child.endswith(_GREEDY) and self.resources.get((*walked, child)):
                return (*walked, child), {child[1:-2]: "/".join(left)}
        return None


def read_api(session: Session, stack: str) -> Api:
    """The API that a stack deployed.

    The emulator does not import gateway answers and binary types from the API's body, so those are read from the
    template that CloudFormation processed.
    """
    gateway = session.create_client("apigateway")
    template = session.create_client("cloudformation").get_template(StackName=stack, TemplateStage="Processed")
    body: Any = template["TemplateBody"]
    resources = (json.loads(body) if isinstance(body, str) else body)["Resources"]
    [declared] = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::ApiGateway::RestApi"]
    [found] = [each for each in gateway.get_rest_apis()["items"] if each["name"] == declared["Name"]]
    [stage] = gateway.get_stages(restApiId=found["id"])["item"]
    pages = gateway.get_paginator("get_resources").paginate(restApiId=found["id"], embed=["methods"])
    return Api(
        id=found["id"],
        name=found["name"],
        stage=stage["stageName"],
        resources={
            tuple(item["path"].strip("/").split("/")) if item["path"] != "/" else (): _functions(item)
            for page in pages
            for item in page["items"]
        },
        binary_types=frozenset(declared["Body"].get("x-amazon-apigateway-binary-media-types", ())),
        smallest_compressed=declared.get("MinimumCompressionSize"),
        limits=_limits(stage),
        own_answers={
            kind: OwnAnswer(
                int(answer["statusCode"]) if "statusCode" in answer else None,
                answer.get("responseTemplates", {}).get("application/json", '{"message":$context.error.messageString}'),
                {
                    name.removeprefix("gatewayresponse.header."): value.strip("'")
                    for name, value in answer.get("responseParameters", {}).items()
                },
            )
            for kind, answer in declared["Body"].get("x-amazon-apigateway-gateway-responses", {}).items()
        },
    )


def _limits(stage: Mapping[str, Any]) -> Limits:
    """The limits of every method of a stage; API Gateway's own where the stage has none."""
    settings = stage.get("methodSettings", {}).get("*/*", {})
    given = {"rate": settings.get("throttlingRateLimit"), "burst": settings.get("throttlingBurstLimit")}
    return Limits(**{name: float(value) for name, value in given.items() if value is not None})


def _functions(item: Mapping[str, Any]) -> dict[str, str]:
    """The ARN of the function that answers each method of a resource."""
    return {
        method: described["methodIntegration"]["uri"].partition("/functions/")[2].removesuffix("/invocations")
        for method, described in item.get("resourceMethods", {}).items()
    }
