"""The document in the forms of other tools: a text for language models, and a collection for Postman."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from chalicelib.core.reference import FORM, body_text, example_text
from chalicelib.reference import guide

_SCHEMA: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"

Document = Mapping[str, Any]
Json = dict[str, Any]


def llms_text(document: Document, *, url: str) -> str:
    """The reference as Markdown in the form of llmstxt.org: what holds for all calls, and a line for each operation."""
    lines = [
        f"# {document['info']['title']}",
        "",
        f"> {guide.SUMMARY}",
        "",
        f"The base address is {url}. Each line below leads to a page with fields, answers, errors and samples; all of "
        f"it in one document is {url}/openapi.json (OpenAPI {document['openapi']}). Samples read secrets from the "
        f"environment: {', '.join(f'`{name}`' for name in _secret_names())}.",
        "",
    ]
    for heading, text in guide.PARTS.items():
        lines += [f"## {heading}", "", text, ""]
    for tag in document["tags"]:
        lines += [f"## {tag['name']}", "", tag["description"], ""]
        for items in (document["paths"], document["components"]["pathItems"]):
            for method, path, operation in _operations(items, tag["name"]):
                where = f"{method} {path}" if items is document["paths"] else path
                lines.append(f"- [{where}]({url}/docs/{operation['operationId']}): {operation['summary']}")
        lines.append("")
    return "\n".join(lines)


def postman_collection(document: Document, *, url: str) -> Json:
    """A collection of the form 2.1: a folder for each tag, every request with its example values."""
    # Those of secrets are empty until someone fills them in.
    variables = {"base_url": url, **dict.fromkeys(map(str.lower, _secret_names()), "")}
    schemes = document["components"]["securitySchemes"]
    return {
        "info": {
            "name": document["info"]["title"],
            "description": f"{guide.SUMMARY}\n\n{guide.GUIDE}",
            "version": document["info"]["version"],
            "schema": _SCHEMA,
        },
        "variable": [{"key": key, "value": value, "type": "string"} for key, value in variables.items()],
        "item": [
            {"name": tag["name"], "description": tag["description"], "item": requests}
            for tag in document["tags"]
            if (requests := [_item(*each, schemes) for each in _operations(document["paths"], tag["name"])])
        ],
    }


def _secret_names() -> list[str]:
    """Every variable that holds a secret."""
    return sorted({*guide.SECRET_OF_SCHEME.values(), *guide.PASSWORD_OF_SCHEME.values()})


def _operations(items: Mapping[str, Any], tag: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, methods in items.items():
        for method, operation in methods.items():
            if operation["tags"][0] == tag:
                yield method.upper(), path, operation


def _item(method: str, path: str, operation: Mapping[str, Any], schemes: Mapping[str, Any]) -> Json:
    contents: Mapping[str, Mapping[str, Any]] = operation.get("requestBody", {}).get("content", {})
    media_type = next(iter(contents), "")
    headers = [{"key": "Content-Type", "value": media_type}] if media_type else []
    headers += [_entry(each) for each in operation.get("parameters", ()) if each["in"] == "header"]
    request: Json = {
        "method": method,
        "header": headers,
        "auth": _auth(operation["security"], schemes),
        "url": _url(path, operation.get("parameters", ())),
        "description": operation.get("description", ""),
    }
    if media_type == FORM:
        fields = [{"key": key, "value": example_text(value)} for key, value in contents[media_type]["example"].items()]
        request["body"] = {"mode": "urlencoded", "urlencoded": fields}
    elif media_type:
        text = body_text(media_type, contents[media_type]["example"])
        request["body"] = {"mode": "raw", "raw": text, "options": {"raw": {"language": "json"}}}
    return {"name": operation["summary"].replace("`", ""), "request": request, "response": []}


def _url(path: str, parameters: Any) -> Json:
    parts = re.sub(r"\{(\w+)\}", r":\1", path).strip("/").split("/")
    query = [_entry(each) for each in parameters if each["in"] == "query"]
    variables = [
        {"key": each["name"], "value": example_text(each.get("example", ""))}
        for each in parameters
        if each["in"] == "path"
    ]
    asked = "&".join(f"{each['key']}={each['value']}" for each in query if not each["disabled"])
    return {
        "raw": "{{base_url}}/" + "/".join(parts) + (f"?{asked}" if asked else ""),
        "host": ["{{base_url}}"],
        "path": parts,
        "query": query,
        "variable": variables,
    }


def _entry(parameter: Mapping[str, Any]) -> Json:
    """A header or a parameter of the query; one that may be left out is switched off."""
    return {
        "key": parameter["name"],
        "value": example_text(parameter.get("example", "")),
        "description": parameter["description"],
        "disabled": not parameter["required"],
    }


def _auth(security: Any, schemes: Mapping[str, Any]) -> Json:
    """The first of the ways in which a caller may say who it is."""
    name = next((name for one in security for name in one), None)
    if name is None:
        return {"type": "noauth"}
    scheme, secret = schemes[name], _placeholder(guide.SECRET_OF_SCHEME[name])
    if scheme.get("scheme") == "basic":
        password = guide.PASSWORD_OF_SCHEME.get(name)
        pairs = {"username": secret, "password": _placeholder(password) if password else ""}
        return {"type": "basic", "basic": _pairs(pairs)}
    if scheme["type"] == "apiKey":
        return {"type": "apikey", "apikey": _pairs({"key": scheme["name"], "value": secret, "in": "header"})}
    return {"type": "bearer", "bearer": _pairs({"token": secret})}


def _placeholder(name: str) -> str:
    return f"{{{{{name.lower()}}}}}"


def _pairs(values: Mapping[str, str]) -> list[Json]:
    return [{"key": key, "value": value, "type": "string"} for key, value in values.items()]
