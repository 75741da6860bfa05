"""Language models, by `llm.provider`. Each is loaded when it is configured, so that its packages cost nothing otherwise."""

from __future__ import annotations

from importlib import import_module

from perfagent.adapters.models.access import ModelAccess
from perfagent.errors import ConfigurationError
from perfagent.ports.language_model import LanguageModel

__all__ = ["MODELS", "ModelAccess", "open_model"]

MODELS = {
    "llama_cpp": "perfagent.adapters.models.llama_cpp:LlamaCpp",
    "ollama": "perfagent.adapters.models.ollama:Ollama",
    "openai": "perfagent.adapters.models.openai_compatible:OpenAiCompatible",
    "azure_openai": "perfagent.adapters.models.azure_openai:AzureOpenAi",
    "azure_foundry": "perfagent.adapters.models.azure_foundry:AzureFoundry",
}


def open_model(access: ModelAccess) -> LanguageModel:
    """Opening asks nothing of the network. Raises ConfigurationError for an unknown name, ModelError where a package is missing."""
    path = MODELS.get(access.provider)
    if path is None:
        raise ConfigurationError(f"unknown model provider {access.provider!r}", hint=f"known: {', '.join(MODELS)}")
    module, _, name = path.partition(":")
    model: LanguageModel = getattr(import_module(module), name)(access)
    return model
