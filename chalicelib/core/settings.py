"""Typed settings, read from the environment once and validated; a wrong one names itself at start."""

import os
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from chalicelib.core.numbers import read_whole

LOCAL_STAGE = "dev"
LOCAL_CHAIN = "local"
LONGEST_TOKEN_SECONDS = 3600
# Variables whose name does not begin with SPACEGARDEN_.
_VARIABLES = {"dreamspace_timezone": "DREAMSPACE_TIMEZONE"}
_IN_LAMBDA = "AWS_LAMBDA_INITIALIZATION_TYPE"  # set by Lambda alone, not by trials of the packed functions


class SettingsError(Exception):
    """The environment does not describe a working platform; the message names each wrong variable."""


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is not the name of a timezone, such as Europe/Berlin") from error
    return name


def _whole(value: object) -> object:
    number = read_whole(value) if isinstance(value, str) else value
    if number is None:
        raise ValueError("must be a whole number")
    return number


Whole = Annotated[int, BeforeValidator(_whole)]


class ChainSettings(BaseModel):
    """One EVM chain that collections can live on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rpc_url: str | None = None
    rpc_urls: tuple[str, ...] = Field(default=(), description="several nodes, the preferred first, for `rpc_url`")
    max_lag_blocks: int = Field(default=5, ge=1, description="a node further behind the best one is passed over")
    chain_id: int | None = Field(default=None, ge=1, description="asked of the node where absent")
    explorer_url: str = Field(description="template of a transaction's page; {hash} is replaced")
    confirmations: int = Field(default=1, ge=1, description="blocks, the transaction's own included")
    finalized_tag: bool = Field(default=False, description="final is what the node calls so, whatever the depth")
    max_fee_gwei: int = Field(default=500, ge=1, description="never bid more for a unit of gas")
    stuck_blocks: int = Field(default=3, ge=1, description="that must pass a transaction over before it bids more")
    stuck_seconds: float = Field(default=120, gt=0, description="before which a transaction does not bid more")
    witness_urls: tuple[str, ...] = Field(default=(), description="nodes asked before a transaction counts as lost")
    low_balance: float = Field(default=1, ge=0, description="of the signer, in the chain's own coin")
    coin_price: float | None = Field(default=None, gt=0, description="what a coin is worth, to show costs in money")
    currency: str = Field(default="EUR", pattern="[A-Z]{3}", description="of the coin's price, such as USD")
    signer_key_id: str | None = Field(default=None, description="KMS key of the signer; by default one of our own")
    signer_secret_id: str | None = Field(default=None, description="Secrets Manager id of the signer's private key")
    node_seconds: float = Field(default=10, gt=0, description="how long one answer of the node may take")

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses of its nodes, in the order in which they are preferred."""
        return self.rpc_urls if self.rpc_url is None else (self.rpc_url,)

    @model_validator(mode="after")
    def _some_node(self) -> Self:
        if (self.rpc_url is None) == (not self.rpc_urls):
            raise ValueError("a chain has rpc_url, or several nodes in rpc_urls")
        return self

    @model_validator(mode="after")
    def _one_signer(self) -> Self:
        if self.signer_key_id and self.signer_secret_id:
            raise ValueError("a chain has one signer: signer_key_id or signer_secret_id")
        return self


class Settings(BaseModel):
    """Everything the environment decides.

    Each field is the variable `SPACEGARDEN_<FIELD>`; Dreamspace's timezone is `DREAMSPACE_TIMEZONE`. `seconds_scale`
    multiplies every delay of schedules, never a time limit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str = LOCAL_STAGE
    public_url: str = "http://127.0.0.1:8000"
    admin_key: str = "sg_dev_admin_localonly0localonly0localonly0"
    admin_key_secret_id: str | None = Field(default=None, description="Secrets Manager id of the admin key")
    metadata_bucket: str | None = Field(default=None, description="absent: `metadata` behind the stage's prefix")
    mail_sender: str = "notices@spacegarden.example"
    log_salt: str = Field(default="local", description="hashes callers' addresses in logs")
    older_release: Literal["1.0", "none"] = Field(
        default="none", description="may run beside this one, or come back: rows are written so that it reads them"
    )
    seconds_scale: float = Field(default=1.0, gt=0)
    plain_botocore: bool = Field(default=False, description="calls on items go botocore's own way")
    egress_ports: frozenset[Whole] = Field(
        default=frozenset(), description="https ports of partners, beside 443 and 8443"
    )
    static_egress: bool = Field(default=False, description="the workers that call partners have fixed addresses")
    egress_addresses: tuple[IPv4Address, ...] = Field(
        default=(), description="those addresses, as the template gives them"
    )
    egress_denied: tuple[IPv4Network | IPv6Network, ...] = Field(default=(), description="networks never called")
    fast_webhook_workers: Whole = Field(default=50, ge=2, description="batches of first tries at work at once")
    slow_webhook_workers: Whole = Field(default=25, ge=2, description="the same of retries and of slow endpoints")
    chains: Mapping[str, ChainSettings] = Field(default_factory=dict)
    chain_rpc: str | None = None
    token_seconds: Whole = Field(default=LONGEST_TOKEN_SECONDS, ge=1, le=LONGEST_TOKEN_SECONDS)
    ipfs_api: str | None = Field(default=None, description="RPC of an IPFS node that pins the metadata")
    demo_key: str = "sg_dev_demo_localonly0localonly0localonly0"
    dreamspace_timezone: Annotated[str, AfterValidator(_timezone)] = "UTC"

    @property
    def is_local(self) -> bool:
        """True on a developer's machine, whatever the engine; false for everything deployed."""
        return self.stage == LOCAL_STAGE

    @property
    def prefix(self) -> str:
        """What the names of this stage's tables, queues, keys and buckets begin with."""
        return f"spacegarden-{self.stage}-"

    @property
    def bucket(self) -> str:
        """The bucket of metadata documents. All accounts share S3's names, so a deployed stage sets its own."""
        return self.metadata_bucket or f"{self.prefix}metadata"

    @property
    def token_life(self) -> int:
        """Seconds that an access token is good for; only a local run may shorten them."""
        return self.token_seconds if self.is_local else LONGEST_TOKEN_SECONDS

    def scaled(self, seconds: float) -> float:
        """A schedule's delay, in seconds, times `seconds_scale`."""
        return seconds * self.seconds_scale

    def span(self, seconds: float) -> timedelta:
        """The same as a span of time."""
        return timedelta(seconds=self.scaled(seconds))

    def chain_named(self, name: str) -> ChainSettings | None:
        """A configured chain; in a local run `local` is the node at `chain_rpc`."""
        if name == LOCAL_CHAIN and self.is_local and self.chain_rpc:
            # A developer's node shares its machine with all else; fifty mints take it some seconds to estimate.
            explorer = f"{self.public_url}/tx/{{hash}}"
            return ChainSettings(rpc_url=self.chain_rpc, explorer_url=explorer, node_seconds=30)
        return self.chains.get(name)

    @property
    def chain_names(self) -> list[str]:
        """Every chain that `chain_named` knows."""
        own = [LOCAL_CHAIN] if self.is_local and self.chain_rpc else []
        return [*own, *(name for name in self.chains if name not in own)]

    @property
    def default_chain(self) -> str:
        """The chain of a collection that names none: on a deployed stage the only one configured, else `local`."""
        return LOCAL_CHAIN if self.is_local or len(self.chains) != 1 else next(iter(self.chains))

    @model_validator(mode="after")
    def _deployed_stages_bring_their_own(self) -> Self:
        if not self.is_local:
            if self.admin_key_secret_id is None:
                raise ValueError("SPACEGARDEN_ADMIN_KEY_SECRET_ID is required on a deployed stage")
            if not self.public_url.startswith("https://"):
                raise ValueError("SPACEGARDEN_PUBLIC_URL must be an https address on a deployed stage")
        return self


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Builds `Settings` from an environment; raises `SettingsError`."""
    given = {
        name: environment[variable] for name in Settings.model_fields if environment.get(variable := _variable(name))
    }
    values: dict[str, object] = dict(given)
    for name in ("egress_addresses", "egress_ports", "egress_denied"):
        if name in given:
            values[name] = [part.strip() for part in given[name].split(",")]
    if chains := given.get("chains"):
        values["chains"] = _json_object(chains)
    if environment.get(_IN_LAMBDA) and given.get("stage", LOCAL_STAGE) == LOCAL_STAGE:
        # The keys of that stage stand in this file.
        raise SettingsError(f"The environment is wrong: SPACEGARDEN_STAGE: {LOCAL_STAGE} is never deployed")
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        wrong = "; ".join(
            f"{_variable(str(problem['loc'][0]))}: {problem['msg']}" if problem["loc"] else problem["msg"]
            for problem in error.errors(include_input=False, include_url=False)
        )
        raise SettingsError(f"The environment is wrong: {wrong}") from error


def _variable(field: str) -> str:
    return _VARIABLES.get(field, f"SPACEGARDEN_{field.upper()}")


def _json_object(text: str) -> object:
    from json import JSONDecodeError, loads

    try:
        return loads(text)
    except JSONDecodeError as error:
        raise SettingsError(f"The environment is wrong: SPACEGARDEN_CHAINS is not JSON: {error}") from error


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process. `settings.cache_clear()` makes the next call read them anew."""
    return read_settings(os.environ)
