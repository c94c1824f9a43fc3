"""Lambda for a stage: each invocation runs the uploaded zip under the runtime client, in a process with its own role.

The emulator hands every invocation over by HTTP. An idle instance of the function is used again; concurrent calls start
further ones. The emulator limits how many run at once, by the reserved concurrency of the template.
"""

import hashlib
import json
import shutil
import stat
import time
import zipfile
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from pathlib import Path
from threading import Lock, Thread
from typing import Any, NamedTuple
from urllib.request import urlopen

from botocore.session import Session

from infra.http_server import HttpServer
from infra.lambda_runtime import Function, FunctionFailed
from infra.template.release import ALIAS
from stage.figures import Figures, Start
from stage.metrics import Metrics

# Lambda's own limits of a synchronous invocation, and of the time until a function asks for its first event.
MAX_PAYLOAD_BYTES = 6 * 1024 * 1024
MAX_INIT_SECONDS = 10.0
# A configuration is asked for again after this, so that a deployment takes effect at once.
_CONFIGURATION_SECONDS = 0.5
_CREDENTIAL_SECONDS = 3600


# What each function took and held, in the stage's folder once it has ended.
FIGURES = "figures.md"


class Refused(Exception):
    """An invocation that ends without an answer of the function's; the message is Lambda's error message."""


class Deployed(NamedTuple):
    """What was deployed as a function: `identity` changes with code, environment and settings.

    `seconds` is its time-out, `task` the folder of its unpacked zip.
    """

    name: str
    version: str
    identity: str
    arn: str
    handler: str
    role: str
    seconds: float
    memory_mb: int
    variables: Mapping[str, str]
    task: Path
    zip_bytes: int

    @property
    def task_name(self) -> str:
        """What its handler is called in `app.py`."""
        return self.handler.rpartition(".")[2]


class Instances:
    """Every function's processes.

    `session` is the account owner's, `folder` holds the unpacked zips and the logs, `endpoint` is where functions find
    AWS; time-outs last `patience` times what they do on AWS.
    """

    def __init__(
        self, session: Session, folder: Path, metrics: Metrics, *, endpoint: str, region: str, patience: float
    ) -> None:
        self._lambda = session.create_client("lambda")
        self._sts = session.create_client("sts")
        self._folder, self._endpoint, self._region = folder, endpoint, region
        self._metrics, self._patience = metrics, patience
        self.figures = Figures()
        self._lock = Lock()
        self._idle: dict[str, list[Function]] = {}
        self._all: list[Function] = []
        self._deployed: dict[tuple[str, str], tuple[float, Deployed]] = {}
        self._credentials: dict[str, tuple[float, Mapping[str, str]]] = {}

    def invoke(self, name: str, version: str, event: bytes) -> bytes:
        """The answer of a function. Raises `Refused`."""
        if len(event) > MAX_PAYLOAD_BYTES:
            raise Refused(f"Request must be smaller than {MAX_PAYLOAD_BYTES} bytes for the InvokeFunction operation")
        function = self._find(name, version)
        try:
            instance = self._take(function)
            try:
                answer = instance.invoke_raw(event, seconds=self._patience * function.seconds, arn=function.arn)
            except FunctionFailed:
                self._drop(instance)
                raise
        except FunctionFailed as failure:
            # As Lambda counts it for a function that is called by an alias with two versions.
            dimensions = {"FunctionName": name, "Resource": f"{name}:{ALIAS}", "ExecutedVersion": version}
            self._metrics.count("AWS/Lambda", "Errors", dimensions)
            raise Refused(str(failure)) from failure
        self.figures.answered(function.task_name, instance.peak_memory_mib)
        with self._lock:
            self._idle.setdefault(function.identity, []).append(instance)
        if len(answer) > MAX_PAYLOAD_BYTES:
            raise Refused(f"Response payload size exceeded maximum allowed payload size ({MAX_PAYLOAD_BYTES} bytes).")
        return answer

    def close(self) -> None:
        """Ends every process, and writes what they took."""
        (self._folder / FIGURES).write_text(self.figures.table())
        with self._lock:
            running, self._all, self._idle = self._all, [], {}
        for instance in running:
            instance.close()

    def _find(self, name: str, version: str) -> Deployed:
        """What is deployed now. Raises `Refused` where a version was deleted meanwhile."""
        asked, known = self._deployed.get((name, version), (0.0, None))
        if known is not None and time.monotonic() - asked < _CONFIGURATION_SECONDS:
            return known
        try:
            found = self._lambda.get_function_configuration(FunctionName=name, Qualifier=version)
        except self._lambda.exceptions.ResourceNotFoundException as gone:
            raise Refused(str(gone)) from gone
        settings = [found["CodeSha256"], found.get("Environment"), found["Timeout"], found["MemorySize"], found["Role"]]
        identity = hashlib.sha256(json.dumps([name, version, *settings], sort_keys=True).encode()).hexdigest()
        if known is None or known.identity != identity:
            known = Deployed(
                name,
                version,
                identity,
                found["FunctionArn"],
                found["Handler"],
                found["Role"],
                found["Timeout"],
                found["MemorySize"],
                found.get("Environment", {}).get("Variables", {}),
                self._unpacked(name, version, found["CodeSha256"]),
                found["CodeSize"],
            )
        self._deployed[name, version] = time.monotonic(), known
        return known

    def _unpacked(self, name: str, version: str, digest: str) -> Path:
        """The folder of the zip's files, read-only; one for all functions that share the zip."""
        folder = self._folder / "code" / hashlib.sha256(digest.encode()).hexdigest()[:16]
        with self._lock:
            if not folder.exists():
                place = self._lambda.get_function(FunctionName=name, Qualifier=version)["Code"]["Location"]
                with urlopen(place) as response:
                    content = response.read()
                scratch = folder.with_suffix(".new")
                shutil.rmtree(scratch, ignore_errors=True)
                with zipfile.ZipFile(BytesIO(content)) as packed:
                    packed.extractall(scratch)
                for path in scratch.rglob("*"):
                    path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
                scratch.rename(folder)
        return folder

    def _take(self, function: Deployed) -> Function:
        """An instance that is free, or a new one. Raises `FunctionFailed`."""
        with self._lock:
            if idle := self._idle.get(function.identity):
                return idle.pop()
        log = (self._folder / "logs").joinpath(f"{function.name}.log")
        log.parent.mkdir(parents=True, exist_ok=True)
        made = Function(
            function.task,
            function.handler,
            self._environment(function),
            # Lambda ends what takes longer than its time-out; the start has ten seconds of its own.
            start_seconds=self._patience * MAX_INIT_SECONDS,
            patience_seconds=self._patience * function.seconds,
            listener=_listening(log, self._metrics),
        )
        start = Start(made.init_seconds, made.cpu_seconds)
        self.figures.started(function.task_name, start, memory_mb=function.memory_mb, zip_bytes=function.zip_bytes)
        with self._lock:
            self._all.append(made)
        return made

    def _drop(self, instance: Function) -> None:
        with self._lock:
            self._all = [each for each in self._all if each is not instance]
        instance.close()

    def _environment(self, function: Deployed) -> dict[str, str]:
        """The deployed variables, and what Lambda sets: the function's name and size, its role's credentials."""
        return {
            **function.variables,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": function.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
            "AWS_REGION": self._region,
            "AWS_DEFAULT_REGION": self._region,
            "AWS_ENDPOINT_URL": self._endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            **self._role_credentials(function.role),
        }

    def _role_credentials(self, role: str) -> Mapping[str, str]:
        taken, known = self._credentials.get(role, (0.0, None))
        if known is not None and time.monotonic() - taken < _CREDENTIAL_SECONDS / 2:
            return known
        session = hashlib.sha256(role.encode()).hexdigest()[:16]
        given = self._sts.assume_role(RoleArn=role, RoleSessionName=session, DurationSeconds=_CREDENTIAL_SECONDS)
        credentials = given["Credentials"]
        made = {
            "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": credentials["SessionToken"],
        }
        self._credentials[role] = time.monotonic(), made
        return made


class Functions(HttpServer):
    """Where the emulator sends invocations; it answers once it is started with the account's instances."""

    instances: Instances

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Invocation)
        self._serving: Thread | None = None

    def start(self, instances: Instances) -> None:
        """Answers in threads of its own until it is closed."""
        self.instances = instances
        self._serving = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        self._serving.start()

    def close(self) -> None:
        """Ends it, started or not: `shutdown` would wait for ever for a server that never served."""
        if self._serving is not None:
            self.shutdown()
            self._serving.join()
        self.server_close()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"


class _Invocation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Functions

    def do_POST(self) -> None:
        """Runs a function; an error of it is a 500, by which the emulator knows it."""
        event = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        name = self.headers["X-Amzn-Lambda-Function-Name"]
        version = self.headers.get("X-Amzn-Lambda-Function-Version", "$LATEST")
        try:
            status, body = 200, self.server.instances.invoke(name, version, event)
        except Refused as refused:
            status, body = 500, str(refused).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Logs nothing."""


def _listening(path: Path, metrics: Metrics) -> Callable[[bytes], None]:
    def hear(line: bytes) -> None:
        with path.open("ab") as log:
            log.write(line)
        metrics.read(line)

    return hear
