"""A stage, put together in a network namespace: account, deployment, functions, gateway and node."""

import json
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from infra import ROOT
from infra.template.chalice_template import deployable
from infra.template.functions import node_parameter
from infra.template.stage import Stage
from stage import chain
from stage.emulator import process
from stage.emulator.process import Emulator
from stage.functions import Functions, Instances
from stage.gateway.answers import Response
from stage.gateway.api import read_api
from stage.gateway.events import Request
from stage.gateway.server import Gateway, serve
from stage.metrics import Metrics
from stage.network import Network, listen, serving

MAIL_SENDER = "notices@spacegarden.test"
DESCRIPTION = "stage.json"
_EMULATOR_PORT = 4566
# What Lambda calls this machine's processor.
MACHINE = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())


# Hosts of partners, with public addresses and certificates, on which the checks serve what they need.
PARTNER_HOSTS = ("hooks.partner-one.com", "missions.partner-two.com", "elsewhere.partner-three.com")


class Host(NamedTuple):
    """A host in the stage's network: its address, and the file of its key and certificate."""

    address: str
    certificate: str


class Description(NamedTuple):
    """A running stage, for other processes in its network: where everything is, and how patient it is."""

    address: str
    stack: str
    emulator: str
    refusals: str
    outputs: dict[str, str]
    hosts: dict[str, Host]
    patience: float


class StageFailed(Exception):
    """The stage cannot be put up; the message says why."""


class Options(NamedTuple):
    """What can be chosen of a stage.

    `decoded` hands path variables to the functions decoded; schedules by rate wait `schedule_scale` times their
    interval; time-outs of functions and gateway last `patience` times what they do on AWS.
    """

    name: str = "staging"
    decoded: bool = False
    schedule_scale: float = 1.0
    patience: float = 1.0


class World(NamedTuple):
    """A stage that is up.

    `address` is the deployed API's, as its own functions know it; `gateway_stage` the first part of its paths;
    `authority` the file of the certificate authority.
    """

    address: str
    gateway_stage: str
    authority: Path


@contextmanager
def stage(folder: Path, options: Options, outside: socket.socket | None = None) -> Iterator[World]:
    """A stage while the block runs; `outside` is a listening socket of the machine, by which it is reached from there.

    Raises `StageFailed` and what its parts raise.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    network = Network(folder)
    network.trust_authority()
    variables = deployable(options.name)["stages"][options.name]["environment_variables"]
    [(chain_name, chain_settings)] = Stage(options.name, variables).chains.items()
    with ExitStack() as up:
        host = Functions()
        up.callback(host.close)
        emulator = up.enter_context(
            process.running(folder, port=_EMULATOR_PORT, functions=host.url, schedule_scale=options.schedule_scale)
        )
        session = emulator.owner_session()
        metrics = Metrics(session)
        up.callback(metrics.close)
        instances = Instances(
            session, folder, metrics, endpoint=emulator.url, region=process.REGION, patience=options.patience
        )
        up.callback(instances.close)
        host.start(instances)
        node = up.enter_context(chain.running(folder, chain_id=chain_settings["chain_id"]))
        session.create_client("sesv2").create_email_identity(EmailIdentity=MAIL_SENDER)
        outputs = deploy(
            emulator, options.name, f"MailSender={MAIL_SENDER}", f"{node_parameter(chain_name)}={node.url}"
        )
        node.pay_signer(session, outputs[f"Signer{chain_name.capitalize()}Key"])
        stack = _stack_of(options.name)
        api = read_api(session, stack)
        limits = api.limits._replace(answer_seconds=options.patience * api.limits.answer_seconds)
        gateway = Gateway(session, api._replace(limits=limits), decoded=options.decoded)
        name = outputs["EndpointURL"].split("/")[2]
        address = network.add_host(name)
        context = serving(network.certificate(name, "localhost", "127.0.0.1"))
        hosts = {each: Host(network.add_host(each), str(network.certificate(each))) for each in PARTNER_HOSTS}
        for listening in filter(None, (listen(address, 443), outside)):
            up.callback(serve(listening, context, _counted(gateway, metrics)).shutdown)
        refusals = str(emulator.refusals)
        about = Description(outputs["PublicUrl"], stack, emulator.url, refusals, outputs, hosts, options.patience)
        (folder / DESCRIPTION).write_text(json.dumps(about._asdict()))
        yield World(about.address, gateway.api.stage, network.authority_file)


def _counted(gateway: Gateway, metrics: Metrics) -> Callable[[Request], Response]:
    """The gateway, with its answers of 5xx counted as API Gateway counts them."""

    def answer(request: Request) -> Response:
        response = gateway.answer(request)
        if response.status >= 500:
            metrics.count("AWS/ApiGateway", "5XXError", {"ApiName": gateway.api.name, "Stage": gateway.api.stage})
        return response

    return answer


def description(folder: Path) -> Description:
    """The description of the stage whose folder this is."""
    content = json.loads((folder / DESCRIPTION).read_text())
    hosts = {name: Host(*place) for name, place in content.pop("hosts").items()}
    return Description(**content, hosts=hosts)


def deploy(emulator: Emulator, name: str, *parameters: str) -> dict[str, str]:
    """Deploys by the project's own command and gives the stack's outputs. Raises `StageFailed`."""
    command = [sys.executable, "-m", "infra.deploy", name, *parameters, "--machine", MACHINE]
    environment = {**os.environ, **emulator.owner_environment()}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StageFailed(f"the deployment failed:\n{done.stdout}{done.stderr}")
    outputs = emulator.owner_session().create_client("cloudformation").describe_stacks(StackName=_stack_of(name))
    return {each["OutputKey"]: each["OutputValue"] for each in outputs["Stacks"][0]["Outputs"]}


def _stack_of(name: str) -> str:
    """The stack that `infra.deploy` makes for a stage."""
    return f"spacegarden-{name}"
