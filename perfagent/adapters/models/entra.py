"""Tokens of Entra ID: by workload identity (a token file that CI or Kubernetes writes) with nothing installed, else by azure-identity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from perfagent.adapters.http import Http, HttpError, Limits
from perfagent.adapters.models.answers import failure
from perfagent.adapters.network import Network, Pace
from perfagent.ports.language_model import ModelError, Reason

AUTHORITY = "https://login.microsoftonline.com"
_EARLY = 300.0  # seconds before its end that a token is renewed
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def token_source(scope: str, *, environ: Mapping[str, str], network: Network, pace: Pace) -> Callable[[], str]:
    """Raises ModelError(DENIED) where there is no identity at all."""
    if all(environ.get(name) for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE")):
        return WorkloadToken(scope, environ=environ, network=network, pace=pace)
    try:
        from azure.identity import DefaultAzureCredential, get_bearer_token_provider
    except ImportError:
        raise ModelError(
            Reason.DENIED,
            "there is neither a key nor an identity for Azure",
            hint="set PERFAGENT_LLM_API_KEY, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE, "
            "or install perfagent[foundry] and sign in",
        ) from None
    provider = get_bearer_token_provider(DefaultAzureCredential(), scope)

    def token() -> str:
        from azure.core.exceptions import ClientAuthenticationError

        try:
            return provider()
        except ClientAuthenticationError as error:
            first = str(error.message).splitlines()[0][:200]
            raise ModelError(Reason.DENIED, f"Entra ID gives no token: {first}", hint="sign in, or set PERFAGENT_LLM_API_KEY") from None

    return token


class WorkloadToken:
    """Exchanges the token in a file for one of Entra ID, and keeps it until shortly before it ends."""

    def __init__(
        self, scope: str, *, environ: Mapping[str, str], network: Network, pace: Pace, read: Callable[[str], str] | None = None
    ) -> None:
        self._scope = scope
        self._client, self._file = environ["AZURE_CLIENT_ID"], environ["AZURE_FEDERATED_TOKEN_FILE"]
        self._path = f"/{environ['AZURE_TENANT_ID']}/oauth2/v2.0/token"
        self._pace = pace
        self._read = read or (lambda path: Path(path).read_text("utf-8"))
        authority = environ.get("AZURE_AUTHORITY_HOST") or AUTHORITY
        limits = Limits(connect=6, read=15, deadline=30, attempts=3, longest_wait=20)
        self._http = Http(authority, service="Entra ID", network=network, limits=limits, pace=pace)
        self._token, self._until = "", 0.0

    def __call__(self) -> str:
        if not self._token or self._pace.clock() >= self._until:
            self._token, life = self._exchange()
            self._until = self._pace.clock() + max(30.0, life - _EARLY)
        return self._token

    def _exchange(self) -> tuple[str, float]:
        from urllib.parse import urlencode

        try:
            assertion = self._read(self._file).strip()  # read anew each time: it is replaced every hour
        except OSError as error:
            raise ModelError(Reason.DENIED, f"cannot read {self._file}: {error.strerror or error}") from None
        form = urlencode({
            "grant_type": "client_credentials",
            "client_id": self._client,
            "scope": self._scope,
            "client_assertion_type": _ASSERTION,
            "client_assertion": assertion,
        })  # fmt: skip
        try:
            answer: Any = self._http.json("POST", self._path, data=form, headers=_FORM)
        except HttpError as error:
            found = failure(error, model="Entra ID")
            raise ModelError(Reason.DENIED, found.message, hint="does the federated credential name this subject?") from error
        token = answer.get("access_token") if isinstance(answer, Mapping) else None
        if not isinstance(token, str):
            raise ModelError(Reason.DENIED, "Entra ID answered without a token")
        life = answer.get("expires_in")
        return token, float(life) if isinstance(life, (int, float)) else 600.0
