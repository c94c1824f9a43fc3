"""The API: paths that take any method, throttling, tracing, the gateway's own answers, the custom domain."""

import json

from chalicelib.core.http.application import UNROUTED
from chalicelib.core.http.surfaces import gateway_error
from infra.template.chalice_template import Template
from infra.template.release import alias_of
from infra.template.stage import Resource, Resources, Stage

_REST_API = "RestAPI"
_FUNCTION = "APIHandler"
_PERMISSION = "APIHandlerInvokePermission"
_SMALLEST_COMPRESSED = 1024
HAS_DOMAIN, HAS_ZONE, HAS_ONLY_DOMAIN = "HasDomain", "HasHostedZone", "HasOnlyDomain"
_INTEGRATION = "x-amazon-apigateway-integration"
_ANY_METHOD = "x-amazon-apigateway-any-method"
# The gateway answers these itself, without asking a function, in the same words for every path. A path without a
# route is "missing authentication token" to it. The defaults keep the status of what else goes wrong: 403 of a
# firewall or a signature, 500 of a wrong set-up.
GATEWAY_ANSWERS = {
    "MISSING_AUTHENTICATION_TOKEN": (404, "There is nothing at this address."),
    "RESOURCE_NOT_FOUND": (404, "There is nothing at this address."),
    "REQUEST_TOO_LARGE": (413, "The request body is too large."),
    "UNSUPPORTED_MEDIA_TYPE": (415, "This address does not read that content type."),
    "THROTTLED": (429, "Too many requests. Please try again in a moment."),
    "QUOTA_EXCEEDED": (429, "Too many requests. Please try again later."),
    "BAD_REQUEST_BODY": (400, "The request could not be read."),
    "BAD_REQUEST_PARAMETERS": (400, "The request could not be read."),
    "INTEGRATION_TIMEOUT": (504, "The answer took too long."),
    "INTEGRATION_FAILURE": (502, "Something went wrong on our side."),
    "DEFAULT_4XX": (403, "The request was refused."),
    "DEFAULT_5XX": (500, "Something went wrong on our side."),
}


def complete(template: Template, stage: Stage) -> Resources:
    """Completes Chalice's API in place, and gives the custom domain's resources."""
    template["Resources"][_PERMISSION]["Properties"]["FunctionName"] = {"Ref": alias_of(_FUNCTION)}
    properties = template["Resources"][_REST_API]["Properties"]
    paths = properties["DefinitionBody"]["paths"]
    every = {path: _every_method(methods) for path, methods in paths.items()}
    # So that the function words a 404 in the form of the surface, as it does in a local run.
    every[UNROUTED] = next(iter(every.values()))
    properties["DefinitionBody"]["paths"] = every
    name = stage.prefix.rstrip("-")
    properties["DefinitionBody"]["info"]["title"] = name
    properties |= {
        "Name": name,
        "OpenApiVersion": "2.0",  # without it SAM makes a second stage, named Stage
        "TracingEnabled": True,
        # One address alone, so that what stands before the domain, such as a firewall, cannot be bypassed.
        "DisableExecuteApiEndpoint": {"Fn::If": [HAS_ONLY_DOMAIN, True, False]},
        "MinimumCompressionSize": _SMALLEST_COMPRESSED,
        "GatewayResponses": {
            kind: _answer(status, message, has_status=kind.startswith("DEFAULT_"))
            for kind, (status, message) in GATEWAY_ANSWERS.items()
        },
        "MethodSettings": [
            {
                "HttpMethod": "*",
                "ResourcePath": "/*",
                # Each method would have metrics of its own that nobody reads; the API has its metrics anyway.
                "MetricsEnabled": False,
                "ThrottlingRateLimit": {"Ref": "RequestsPerSecond"},
                "ThrottlingBurstLimit": {"Ref": "RequestBurst"},
            }
        ],
    }
    return _domain()


def _every_method(methods: Resource) -> Resource:
    """A path whose every method goes to the function: only the app decides on HEAD, OPTIONS and 405."""
    described = next(iter(methods.values()))
    kept = {name: described[name] for name in ("produces", "responses")}
    integration = described[_INTEGRATION]
    address = integration["uri"]["Fn::Sub"].replace(f"${{{_FUNCTION}.Arn}}", f"${{{alias_of(_FUNCTION)}}}")
    return {_ANY_METHOD: {**kept, _INTEGRATION: {**integration, "uri": {"Fn::Sub": address}}}}


def _answer(status: int, message: str, *, has_status: bool) -> Resource:
    body = json.dumps(gateway_error(status, message), separators=(",", ":"))
    return {
        **({} if has_status else {"StatusCode": status}),
        # The gateway cannot tell paths apart here. Scripts of any origin may read these words.
        "ResponseParameters": {"Headers": {"Access-Control-Allow-Origin": "'*'"}},
        "ResponseTemplates": {"application/json": body},
    }


def _domain() -> Resources:
    return {
        "Domain": {
            "Type": "AWS::ApiGateway::DomainName",
            "Condition": HAS_DOMAIN,
            "Properties": {
                "DomainName": {"Ref": "DomainName"},
                "RegionalCertificateArn": {"Ref": "CertificateArn"},
                "EndpointConfiguration": {"Types": ["REGIONAL"]},
                "SecurityPolicy": "TLS_1_2",
            },
        },
        "DomainMapping": {
            "Type": "AWS::ApiGateway::BasePathMapping",
            "Condition": HAS_DOMAIN,
            "Properties": {
                "DomainName": {"Ref": "Domain"},
                "RestApiId": {"Ref": _REST_API},
                # SAM's logical id of the stage; the mapping needs the stage to be there.
                "Stage": {"Ref": f"{_REST_API}.Stage"},
            },
        },
        "DomainRecord": {
            "Type": "AWS::Route53::RecordSet",
            "Condition": HAS_ZONE,
            "Properties": {
                "HostedZoneId": {"Ref": "HostedZoneId"},
                "Name": {"Ref": "DomainName"},
                "Type": "A",
                "AliasTarget": {
                    "DNSName": {"Fn::GetAtt": ["Domain", "RegionalDomainName"]},
                    "HostedZoneId": {"Fn::GetAtt": ["Domain", "RegionalHostedZoneId"]},
                },
            },
        },
    }
