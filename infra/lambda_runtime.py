"""Runs a function of the unpacked zip as Lambda does: under its runtime client, and with nothing else to import.

The client asks a small server here for events (the Lambda Runtime API) and posts what the handler answered.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, NamedTuple
from uuid import uuid4

from infra import LOCAL, ROOT
from infra.http_server import HttpServer
from infra.zip.dependencies import PackagingFailed

CLIENT = LOCAL / "package-tools" / "runtime"
_ARN = "arn:aws:lambda:us-east-1:123456789012:function:local"
_START = (
    "import sys; sys.path[:0] = [sys.argv.pop(1), sys.argv.pop(1)]; "
    "from awslambdaric.__main__ import main; main(sys.argv)"
)


class _Event(NamedTuple):
    """An event for the handler; `deadline` is when the handler must have answered, in seconds since 1970."""

    request_id: str
    body: bytes
    deadline: float
    arn: str


class FunctionFailed(Exception):
    """The handler raised, did not load, or did not answer in time; the message is what the client said."""


class Function:
    """One warm process of a function. `variables` are added to the environment that Lambda sets.

    `init_seconds` is the time from the start of the process until it asked for its first event, which may take
    `start_seconds`; an answer may take `patience_seconds`. `listener` is given each line that the process prints.
    Raises `FunctionFailed` if the function does not start.
    """

    def __init__(
        self,
        task: Path,
        handler: str,
        variables: Mapping[str, str],
        *,
        start_seconds: float = 300,
        patience_seconds: float = 300,
        listener: Callable[[bytes], None] | None = None,
    ) -> None:
        self._patience = patience_seconds
        self._listener = listener
        self._events: SimpleQueue[_Event] = SimpleQueue()
        self._outcomes: SimpleQueue[tuple[str, bytes]] = SimpleQueue()
        self._asked: SimpleQueue[float] = SimpleQueue()
        self._server = _RuntimeApi(self._events, self._outcomes, self._asked)
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "LANG": "C.UTF-8",
            "TZ": ":UTC",
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": handler.rpartition(".")[2],
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "LAMBDA_TASK_ROOT": str(task),
            "_HANDLER": handler,
            **variables,
        }
        command = [sys.executable, "-I", "-S", "-B", "-c", _START, str(task), str(CLIENT), handler]
        begun = time.perf_counter()
        self._process = subprocess.Popen(
            command, cwd=task, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self._said: list[bytes] = []
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.init_seconds = self._wait(self._asked, start_seconds) - begun
        except FunctionFailed:
            self.close()
            raise

    def invoke(self, event: Any) -> Any:
        """What the handler answers. Raises `FunctionFailed`."""
        return json.loads(self.invoke_raw(json.dumps(event).encode()))

    def invoke_raw(self, event: bytes, *, seconds: float = 29, arn: str = _ARN) -> bytes:
        """The JSON that the handler answers to the JSON of an event.

        `seconds` is the time that the handler is told it has; the caller waits for `patience_seconds`. Raises
        `FunctionFailed`.
        """
        self._events.put(_Event(str(uuid4()), event, time.time() + seconds, arn))
        kind, body = self._wait(self._outcomes, self._patience)
        if kind != "response":
            raise FunctionFailed(body.decode())
        answer: bytes = body
        return answer

    @property
    def peak_memory_mib(self) -> float:
        """The most memory that the process has had so far; Linux only."""
        return self._status("VmHWM") / 1024

    @property
    def memory_mib(self) -> float:
        """The memory that the process has now; Linux only."""
        return self._status("VmRSS") / 1024

    @property
    def cpu_seconds(self) -> float:
        """The CPU time that the process has taken so far; Linux only."""
        # After the name in brackets, which may hold blanks. User and system time are the 14th and 15th field of all.
        numbers = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def output(self) -> str:
        """What the process has printed."""
        return b"".join(self._said).decode()

    def wait_for(self, words: str) -> None:
        """Waits until the process has printed some words; they may come after the answer. Raises `FunctionFailed`."""
        ends = time.monotonic() + self._patience
        while words not in self.output:
            if time.monotonic() > ends:
                raise FunctionFailed(f"it did not print {words!r}, but:\n{self.output}")
            time.sleep(0.01)

    def close(self) -> None:
        """Ends process and server."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> "Function":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _status(self, name: str) -> int:
        """A figure of `/proc/PID/status`, in KiB."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        [figure] = [line.split()[1] for line in lines if line.startswith(f"{name}:")]
        return int(figure)

    def _wait(self, queue: "SimpleQueue[Any]", seconds: float) -> Any:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            try:
                return queue.get(timeout=0.05)
            except Empty:
                if self._process.poll() is not None:
                    break
        if not self._outcomes.empty():  # why it did not load
            raise FunctionFailed(self._outcomes.get()[1].decode())
        raise FunctionFailed(f"no answer; the process said:\n{self.output}")

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.append(line)
            if self._listener is not None:
                self._listener(line)


class _RuntimeApi(HttpServer):
    def __init__(
        self,
        events: "SimpleQueue[_Event]",
        outcomes: "SimpleQueue[tuple[str, bytes]]",
        asked: "SimpleQueue[float]",
    ) -> None:
        self.events, self.outcomes, self.asked = events, outcomes, asked
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _RuntimeApi

    def do_GET(self) -> None:
        """Hands out the next event, when there is one."""
        self.server.asked.put(time.perf_counter())
        event = self.server.events.get()
        self._answer(
            200,
            event.body,
            {
                "Lambda-Runtime-Aws-Request-Id": event.request_id,
                "Lambda-Runtime-Deadline-Ms": str(int(event.deadline * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": event.arn,
                "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
            },
        )

    def do_POST(self) -> None:
        """Takes what the handler answered, or why it failed."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = self._chunks()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.outcomes.put((self.path.rpartition("/")[2], body))
        self._answer(202, b"{}", {})

    def log_message(self, format: str, *arguments: Any) -> None:
        """Logs nothing."""

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline().strip() or b"0", 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def install_client() -> None:
    """Installs the runtime client, and what checks templates, where they are missing. Raises `PackagingFailed`."""
    if subprocess.run([str(ROOT / "tools" / "package-tools")], check=False).returncode:
        raise PackagingFailed("tools/package-tools failed; see above")
