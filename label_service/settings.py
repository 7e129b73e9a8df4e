"""Configuration from the environment: one frozen object, built at the entry and passed down.

Every setting is described in docs/operate.md.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, IPvAnyNetwork, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from label_service.errors import Refused

_PREFIX = "LABEL_SERVICE_"


class Settings(BaseSettings):
    """Settings of one installation; names in the environment start with LABEL_SERVICE_."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="forbid")

    data: Path = Field(default=Path("var/data"), description="folder of database, checkpoint store and public files")
    keys: Path | None = Field(default=None, description="folder of the private keys; `<data>/keys` when unset")
    key_store: str | None = Field(default=None, description="PKCS#11 token of the private keys; files when unset")
    database_url: str | None = Field(
        default=None, repr=False, description="database; SQLite in the data folder when unset"
    )
    checkpoint_url: str | None = Field(
        default=None, repr=False, description="database of the checkpoints; a file in the data folder when unset"
    )
    public_url: str | None = Field(
        default=None, description="object store of the public files; a folder in the data folder when unset"
    )
    origin: str = Field(default="http://localhost:8000", description="public origin, as buyers see it")
    name: str = Field(default="Label service", description="name of the scheme, shown as issuer")
    mode: Literal["demo", "scheme"] = Field(
        default="scheme", description="`demo` needs no account and marks everything DEMO; `scheme` denies by default"
    )
    max_body_bytes: int = Field(default=1_000_000, description="largest accepted request body")
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = Field(
        default=(), description="addresses or networks of the proxies whose X-Forwarded-For counts, with commas"
    )
    rate_factor: float = Field(
        default=1, ge=0, le=1000, description="multiplies how many requests a minute are taken; 0 counts nobody"
    )
    oidc_issuer: str | None = Field(default=None, description="OpenID provider that people may sign in with")
    oidc_client_id: str | None = Field(default=None, description="name of this installation at the provider")
    oidc_client_secret: Path | None = Field(default=None, description="file that holds its secret there")
    imprint: Path | None = Field(default=None, description="Markdown file of the imprint")
    privacy: Path | None = Field(default=None, description="Markdown file of the privacy notice")
    accessibility: Path | None = Field(default=None, description="Markdown file of the accessibility statement")
    smtp_url: str | None = Field(default=None, repr=False, description="where mail is handed in; no mail when unset")
    mail_from: str | None = Field(default=None, description="address that mails are from")
    metrics: str | None = Field(default=None, description="HOST:PORT of figures for Prometheus; none when unset")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="least level of logs")
    vc_api_key: Path | None = Field(
        default=None, description="key file of the test profile for conformance suites; demo only, off when unset"
    )
    long_work: Literal["here", "apart"] = Field(
        default="here", description="`apart` leaves catalogues and other long work to `label-service work`"
    )
    evidence_years: int = Field(default=5, ge=1, le=30, description="years to keep evidence after the label's end")
    statistics_licence: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9.+-]{0,59}$",
        description="SPDX identifier of the licence of the open statistics; not said when unset",
    )
    alarm_days: int = Field(default=30, ge=1, le=365, description="days before an end at which the operator is told")

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _proxies(cls, text: object) -> object:
        return tuple(part.strip() for part in text.split(",") if part.strip()) if isinstance(text, str) else text

    @property
    def keys_folder(self) -> Path:
        """Where the private keys are."""
        return self.keys or self.data / "keys"

    @property
    def url(self) -> str:
        """The database to open."""
        return self.database_url or f"sqlite:///{self.data.absolute() / 'label.db'}"


def read_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        Refused: a setting cannot be used; its value is not shown, it may hold a password.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper().removeprefix(_PREFIX)
        raise Refused(
            f"the setting {_PREFIX}{name} cannot be used: {first['msg']}",
            hint="docs/operate.md describes every setting",
        ) from None
