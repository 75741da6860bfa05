"""llama.cpp in process, with its Python package replaced: budget, grammar, deadline, memory of the GPU."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from perfagent.adapters.models.access import ModelAccess
from perfagent.adapters.models.llama_cpp import LlamaCpp, context_that_fits, free_gpu_memory
from perfagent.adapters.network import Pace
from perfagent.ports.language_model import Message, ModelError, Reason, Role, ToolSpec

SCHEMA = {"type": "object", "properties": {"cause": {"type": "string", "enum": ["code"]}}, "required": ["cause"]}
ASKED = [Message(role=Role.SYSTEM, content="You explain."), Message(role=Role.USER, content="Why?")]
GIB = 2**30


class Llama:
    """Answers in pieces; `finish` ends it. A token is a byte."""

    def __init__(self, pieces=('{"cause":', ' "code"}'), finish="stop", error=None, **options) -> None:
        self.options = options
        self.pieces, self.finish, self.error = pieces, finish, error
        self.asked: list[dict[str, Any]] = []
        self.closed = False

    def tokenize(self, text, add_bos, special):
        assert not special, "words of a diff must not become control tokens"
        return list(text)

    def create_chat_completion(self, **options):
        self.asked.append(options)
        if self.error:
            raise self.error
        return self._stream()

    def _stream(self):
        yield {"choices": [{"delta": {"role": "assistant"}, "finish_reason": None}]}
        for piece in self.pieces:
            yield {"choices": [{"delta": {"content": piece}, "finish_reason": None}]}
        yield {"choices": [{"delta": {}, "finish_reason": self.finish}]}

    def close(self):
        self.closed = True


@pytest.fixture
def package(monkeypatch):
    """The part of llama-cpp-python that grammars and memory need."""
    made = types.ModuleType("llama_cpp")
    made.llama_supports_gpu_offload = lambda: False
    made.LlamaGrammar = types.SimpleNamespace(from_string=lambda text, **_: ("grammar", text))
    monkeypatch.setitem(sys.modules, "llama_cpp", made)
    return made


@pytest.fixture
def opened(package, tmp_path: Path):
    def make(llama=None, *, context=2048, free=None, ticks=()):
        (tmp_path / "model.gguf").write_bytes(b"GGUF" * 100)
        llama = llama or Llama()
        times = iter([*ticks])
        access = ModelAccess(
            provider="llama_cpp", model="model.gguf", directory=tmp_path, context=context, pace=Pace(clock=lambda: next(times, 0.0))
        )

        def load(**options):
            llama.options = options
            return llama

        return LlamaCpp(access, load=load, free_memory=lambda _environ: free), llama

    return make


def test_the_answer_is_bound_by_our_own_grammar_and_parsed(opened):
    model, llama = opened()
    completion = model.complete(ASKED, schema=SCHEMA, max_tokens=50)
    assert completion.parsed == {"cause": "code"}
    (sent,) = llama.asked
    assert sent["grammar"][1].startswith("root ::= ")
    assert (sent["max_tokens"], sent["temperature"], sent["seed"]) == (50, 0.0, 0)
    assert (llama.options["n_gpu_layers"], llama.options["n_ctx"]) == (-1, 2048)
    assert completion.completion_tokens == 2


def test_a_prompt_over_the_context_is_not_sent(opened):
    model, llama = opened(context=1024)
    with pytest.raises(ModelError) as caught:
        model.complete([Message(role=Role.USER, content="x" * 1000)], schema=SCHEMA, max_tokens=50)
    assert (caught.value.reason, llama.asked) == (Reason.TOO_LONG, [])


@pytest.mark.parametrize(
    ("llama", "reason"),
    [
        (Llama(finish="length"), Reason.TRUNCATED),
        (Llama(pieces=("nonsense",)), Reason.INVALID_JSON),
        (Llama(error=ValueError("Requested tokens (9000) exceed context window of 2048")), Reason.TOO_LONG),
        (Llama(error=RuntimeError("llama_decode returned 1")), Reason.FAILED),
    ],
)
def test_what_goes_wrong_has_a_reason(opened, llama, reason):
    model, _ = opened(llama)
    with pytest.raises(ModelError) as caught:
        model.complete(ASKED, schema=SCHEMA)
    assert caught.value.reason is reason


def test_a_slow_answer_is_stopped_between_tokens(opened):
    model, _ = opened(ticks=(0.0, 1.0, 200.0))
    with pytest.raises(ModelError) as caught:
        model.complete(ASKED, schema=SCHEMA, timeout=100.0)
    assert caught.value.reason is Reason.SLOW


def test_a_file_that_is_not_there_is_absent_and_nothing_is_loaded_before_it_is_asked(package, tmp_path):
    access = ModelAccess(provider="llama_cpp", model="gone.gguf", directory=tmp_path)
    model = LlamaCpp(access, load=Llama)
    with pytest.raises(ModelError, match=r"gone\.gguf does not exist") as caught:
        model.complete(ASKED)
    assert caught.value.reason is Reason.ABSENT


def test_a_file_that_cannot_be_loaded_is_absent(opened):
    model, _ = opened()
    model._load = lambda **_options: (_ for _ in ()).throw(ValueError("Failed to load model from file"))
    with pytest.raises(ModelError, match="cannot be loaded"):
        model.complete(ASKED)


def test_without_the_package_it_cannot_be_opened(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ModelError, match="llama-cpp-python is not installed") as caught:
        LlamaCpp(ModelAccess(provider="llama_cpp", model="m.gguf", directory=tmp_path))
    assert caught.value.hint == "install perfagent[llama]"


@pytest.mark.parametrize(
    ("wanted", "free", "fits"),
    [
        (16384, None, 16384),  # no GPU: the machine's memory is the system's business
        (16384, int(11.3 * GIB), 16384),  # Llama 3.1 8B Q4_K_M on a card of 12 GB
        (131072, int(11.3 * GIB), 48384),
        (16384, int(6.0 * GIB), 4864),
        (16384, int(4.0 * GIB), 2048),
    ],
)
def test_the_context_is_what_the_card_has_room_for(wanted, free, fits):
    assert context_that_fits(wanted, int(4.58 * GIB), free) == fits


def test_a_shortened_context_is_said(opened):
    model, llama = opened(context=16384, free=int(0.8 * GIB) + 4096 * 128 * 1024 + 1000)
    assert "the context is 4096 tokens instead of 16384" in model.complete(ASKED, schema=SCHEMA).notes[0]
    assert (model.context, llama.options["n_ctx"]) == (4096, 4096)


def test_memory_is_asked_for_only_where_layers_can_be_offloaded(package, monkeypatch):
    asked = []

    def smi(command, **options):
        asked.append((command[0], options["env"]))
        return types.SimpleNamespace(stdout="11571\n")

    monkeypatch.setattr("subprocess.run", smi)
    assert free_gpu_memory({"PATH": "/usr/bin", "SECRET": "x"}) is None
    package.llama_supports_gpu_offload = lambda: True
    assert free_gpu_memory({"PATH": "/usr/bin", "SECRET": "x"}) == 11571 * 2**20
    assert asked == [("nvidia-smi", {"PATH": "/usr/bin"})]


def test_it_is_given_no_tools_and_is_closed_with_its_memory(opened):
    model, llama = opened()
    with pytest.raises(ModelError, match="not given tools"):
        model.complete(ASKED, tools=[ToolSpec(name="x", description="", parameters={})])
    model.complete(ASKED, schema=SCHEMA)
    model.close()
    assert llama.closed
    assert json.dumps(model.name) == '"llama_cpp:model.gguf"'
