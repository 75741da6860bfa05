"""Which analyst explains: the rules, or agents on the configured model with the rules as their floor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from perfagent.config.services import Provider
from perfagent.config.settings import Settings
from perfagent.errors import OptionalServiceError
from perfagent.ports.analyst import Analyst

if TYPE_CHECKING:
    from perfagent.ports.language_model import LanguageModel, ReadTool

Warn = Callable[[str], None]


@contextmanager
def open_analyst(
    settings: Settings,
    *,
    environ: Mapping[str, str],
    directory: Path,
    redact: Callable[[str], str],
    warn: Warn,
    tools: Mapping[str, ReadTool] | None = None,
) -> Iterator[Analyst]:
    """A model that cannot be opened is a warning, and the rules explain. Whatever the model keeps elsewhere is gone when the block ends."""
    from perfagent.agents.rules import RulesAnalyst  # parsers and grammars: only a regression needs them

    rules = RulesAnalyst()
    if settings.llm.provider is Provider.NONE:
        yield rules
        return
    try:
        model = _model(settings, environ, directory)
    except OptionalServiceError as error:
        warn(redact(f"the rules explain alone: {error.message}" + (f" ({error.hint})" if error.hint else "")))
        yield rules
        return
    from perfagent.agents.llm import LlmAnalyst
    from perfagent.agents.llm.limits import Limits

    most = settings.llm.limits
    limits = Limits(
        calls=most.calls,
        tokens=most.tokens,
        seconds=most.time,
        cost=most.cost,
        price_prompt=most.price_prompt,
        price_completion=most.price_completion,
    )
    try:
        yield LlmAnalyst(
            model, rules=rules, tools=tools if most.calls else None, redact=redact, limits=limits, timeout=settings.llm.timeout
        )
    finally:
        try:
            model.close()
        except OptionalServiceError as error:
            warn(redact(error.message))


def _model(settings: Settings, environ: Mapping[str, str], directory: Path) -> LanguageModel:
    from perfagent.adapters.models import ModelAccess, open_model
    from perfagent.adapters.network import Network
    from perfagent.config.secrets import load_secrets

    llm = settings.llm
    key = load_secrets(environ, provider=str(llm.provider)).llm
    found, proxy = Network.from_environment(environ), settings.code_host.proxy
    return open_model(
        ModelAccess(
            provider=str(llm.provider),
            model=llm.model or "",
            base_url=llm.base_url,
            key=key.get_secret_value() if key else None,
            context=llm.context,
            directory=directory,
            environ=environ,
            network=Network(
                proxies={"http": proxy, "https": proxy} if proxy else found.proxies,
                no_proxy=found.no_proxy,
                ca_bundle=settings.code_host.ca or found.ca_bundle,
            ),
        )
    )
