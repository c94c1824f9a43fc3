"""A call of the API as code to copy: a curl line, Python with requests, JavaScript with fetch.

Secrets are read from environment variables, so that what is copied can be shared.
"""

import json
import pprint
import shlex
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from chalicelib.core.reference import JSON
from chalicelib.reference.guide import PASSWORD_OF_SCHEME, SECRET_OF_SCHEME

_COLUMNS = 88


class Credential(NamedTuple):
    """How a caller authenticates: the scheme's name, the header, and the header's text before the secret.

    `kept_as` names the field of the page's authorization form that the secret is typed into.
    """

    name: str
    label: str
    header: str
    prefix: str
    scopes: str
    kept_as: str

    @property
    def variable(self) -> str:
        """The environment variable of the secret; for HTTP Basic, that of the user name."""
        return SECRET_OF_SCHEME[self.name]

    @property
    def password_variable(self) -> str | None:
        """The environment variable of HTTP Basic's password; None if only the user name is read."""
        return PASSWORD_OF_SCHEME.get(self.name)


class Call(NamedTuple):
    """A call with example values. `body` is the text of `media_type`; both are empty where no body is sent."""

    method: str
    address: str
    credential: Credential | None
    media_type: str
    body: str
    answers_json: bool = True


class Sample(NamedTuple):
    """Code in one language."""

    language: str
    text: str


def samples(call: Call) -> list[Sample]:
    """The call in each language."""
    return [Sample("curl", _curl(call)), Sample("Python", _python(call)), Sample("JavaScript", _javascript(call))]


def _curl(call: Call) -> str:
    lines = [" ".join(["curl", *([] if call.method == "GET" else ["-X", call.method]), shlex.quote(call.address)])]
    credential = call.credential
    if credential is not None and credential.prefix == "Basic":
        name, password = credential.variable, credential.password_variable
        lines.append(f'-u "${name}:{f"${password}" if password else ""}"')
    elif credential is not None:
        lines.append(f'-H "{credential.header}: {_after(credential.prefix)}${credential.variable}"')
    if call.media_type:
        lines.append(f"-H 'Content-Type: {call.media_type}'")
        compact = json.dumps(json.loads(call.body), ensure_ascii=False) if call.media_type == JSON else call.body
        lines.append(f"-d {shlex.quote(compact)}")
    return " \\\n  ".join(lines)


def _python(call: Call) -> str:
    arguments = [json.dumps(call.address)]
    credential = call.credential
    if credential is not None and credential.prefix == "Basic":
        name, password = credential.variable, credential.password_variable
        secret = f'os.environ["{password}"]' if password else '""'
        arguments.append(f'auth=(os.environ["{name}"], {secret})')
    elif credential is not None:
        name = credential.variable
        value = f"f\"{credential.prefix} {{os.environ['{name}']}}\"" if credential.prefix else f'os.environ["{name}"]'
        arguments.append(f'headers={{"{credential.header}": {value}}}')
    if call.media_type == JSON:
        arguments.append(f"json={_python_literal(json.loads(call.body))}")
    elif call.media_type:
        arguments.append(f"data={_python_literal(dict(parse_qsl(call.body, keep_blank_values=True)))}")
    arguments.append("timeout=30")
    lines = [
        *(["import os", ""] if credential is not None else []),
        "import requests",
        "",
        f"answer = requests.{call.method.lower()}(",
        *(f"    {each}," for each in arguments),
        ")",
        "answer.raise_for_status()",
        f"print({'answer.json()' if call.answers_json else 'answer.text'})",
    ]
    return "\n".join(lines)


def _python_literal(value: Any) -> str:
    return pprint.pformat(value, width=_COLUMNS, sort_dicts=False).replace("\n", "\n    ")


def _javascript(call: Call) -> str:
    headers = []
    credential = call.credential
    if credential is not None and credential.prefix == "Basic":
        name, password = credential.variable, credential.password_variable
        secret = f"${{process.env.{password}}}" if password else ""
        headers.append(f"Authorization: `Basic ${{btoa(`${{process.env.{name}}}:{secret}`)}}`")
    elif credential is not None:
        secret = f"process.env.{credential.variable}"
        value = f"`{credential.prefix} ${{{secret}}}`" if credential.prefix else secret
        headers.append(f"{json.dumps(credential.header)}: {value}")
    if call.media_type:
        headers.append(f'"Content-Type": "{call.media_type}"')
    options = [] if call.method == "GET" else [f'  method: "{call.method}",']
    if headers:
        options += ["  headers: {", *(f"    {each}," for each in headers), "  },"]
    if call.media_type == JSON:
        literal = json.dumps(json.loads(call.body), indent=2, ensure_ascii=False).replace("\n", "\n  ")
        options.append(f"  body: JSON.stringify({literal}),")
    elif call.media_type:
        options.append(f"  body: {json.dumps(call.body)},")
    opening = f"const answer = await fetch({json.dumps(call.address)}"
    asked = [f"{opening}, {{", *options, "});"] if options else [f"{opening});"]
    lines = [
        *asked,
        "if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);",
        f"console.log(await answer.{'json' if call.answers_json else 'text'}());",
    ]
    return "\n".join(lines)


def _after(prefix: str) -> str:
    return f"{prefix} " if prefix else ""
