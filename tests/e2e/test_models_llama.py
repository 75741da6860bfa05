"""Real llama.cpp, by its server and in process, with a model of noise made on the spot, and with a trained one where PERFAGENT_TEST_GGUF
names its file (SmolLM2-135M-Instruct is enough)."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("langchain_core", reason="the agents need langchain-core: install perfagent[llm]")
pytest.importorskip("gguf", reason="a model cannot be made: pip install gguf")

from perfagent import documents
from perfagent.__main__ import invoke
from perfagent.adapters.models import ModelAccess, open_model
from perfagent.adapters.models.answers import parsed_object
from perfagent.adapters.models.grammar import grammar_of
from perfagent.agents.llm import LlmAnalyst, shapes
from perfagent.agents.llm.dossier import open_dossier
from perfagent.agents.llm.limits import Limits
from perfagent.agents.rules import RulesAnalyst
from perfagent.cli.console import Console
from perfagent.cli.session import Session
from perfagent.model.diagnosis import Diagnosis
from perfagent.ports.analyst import Case
from perfagent.ports.language_model import LanguageModel, Message, ModelError, Reason, Role
from tests.e2e.llama_server import KEY, AzurePaths, llama_server
from tests.e2e.tiny_model import make_tiny_model
from tests.unit.agents.llm.conftest import case as shop_case
from tests.unit.agents.llm.conftest import repository as shop_repository

__all__ = ["shop_case", "shop_repository"]

pytestmark = pytest.mark.e2e
CHOICE = {
    "type": "object",
    "properties": {
        "cause": {"type": "string", "enum": ["code", "environment"]},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "sure": {"type": "boolean"},
    },
    "required": ["cause", "confidence", "sure"],
    "additionalProperties": False,
}
ASKED = [Message(role=Role.SYSTEM, content="Answer in JSON."), Message(role=Role.USER, content="Why is GET /cart slower?")]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("models") / "noise.gguf")


@pytest.fixture(scope="module")
def server(tiny: Path) -> Iterator[str]:
    pytest.importorskip(
        "xllamacpp", reason="llama.cpp's server cannot be loaded (pip install xllamacpp; it needs libgomp1)", exc_type=ImportError
    )
    with llama_server(tiny) as url:
        yield url


@pytest.fixture
def openai(server: str) -> LanguageModel:
    return open_model(ModelAccess(provider="openai", model="noise", base_url=f"{server}/v1", key=KEY, context=8192))


@pytest.fixture
def case(tmp_path: Path) -> Case:
    made: Callable[..., Any] = shop_repository.__wrapped__  # type: ignore[attr-defined]
    return shop_case.__wrapped__(made(tmp_path))  # type: ignore[attr-defined,no-any-return]


def never_worse(diagnosis: Diagnosis, case: Case) -> None:
    """What the rules found is still there, first among three, and every claim cites what exists."""
    rules = RulesAnalyst().explain(case)
    assert (rules.suspects[0].file, rules.suspects[0].start_line) in {(s.file, s.start_line) for s in diagnosis.suspects[:3]}
    known = {item.id for item in diagnosis.evidence}
    assert all(set(s.evidence) <= known for s in diagnosis.suspects)
    assert diagnosis.cause == rules.cause


def test_the_schema_is_filled_through_the_openai_protocol(openai: LanguageModel) -> None:
    completion = openai.complete(ASKED, schema=CHOICE, max_tokens=200)
    assert completion.parsed is not None
    assert completion.parsed["cause"] in ("code", "environment")
    assert 0 <= completion.parsed["confidence"] <= 1
    assert completion.prompt_tokens
    assert completion.completion_tokens


def test_the_same_through_azures_paths_and_header(server: str) -> None:
    with AzurePaths(server) as azure:
        model = open_model(ModelAccess(provider="azure_openai", model="deployment", base_url=azure.url, key=KEY))
        assert model.complete(ASKED, schema=CHOICE, max_tokens=200).parsed
        stranger = open_model(ModelAccess(provider="azure_openai", model="deployment", base_url=azure.url, key="another-key"))
        with pytest.raises(ModelError) as caught:
            stranger.complete(ASKED, schema=CHOICE)
        azure.shutdown()
    assert caught.value.reason is Reason.DENIED


def test_a_wrong_key_a_cut_answer_and_a_long_prompt_have_their_reasons(server: str, openai: LanguageModel) -> None:
    def reason(model: LanguageModel, messages: list[Message], **options: Any) -> Reason:
        with pytest.raises(ModelError) as caught:
            model.complete(messages, **options)
        return caught.value.reason

    stranger = open_model(ModelAccess(provider="openai", model="noise", base_url=f"{server}/v1", key="another-key"))
    assert reason(stranger, ASKED) is Reason.DENIED
    assert reason(openai, ASKED, schema=CHOICE, max_tokens=3) is Reason.TRUNCATED
    assert reason(openai, [Message(role=Role.USER, content="slow " * 20_000)]) is Reason.TOO_LONG


@pytest.mark.parametrize("seed", [1, 2])
def test_llama_cpp_reads_our_grammar_and_noise_fills_every_roles_schema(server: str, case: Case, seed: int) -> None:
    import requests

    dossier = open_dossier(case, RulesAnalyst().explain(case))
    for schema in (shapes.triage(dossier), shapes.code(dossier), shapes.environment(dossier), shapes.remedy()):
        answer = requests.post(
            f"{server}/completion",
            headers={"Authorization": f"Bearer {KEY}"},
            json={"prompt": "x", "grammar": grammar_of(schema), "n_predict": 3500, "temperature": 1.0, "seed": seed, "cache_prompt": False},
            timeout=120,
        )
        assert answer.status_code == 200, answer.text
        text = answer.json()["content"]
        assert len(text) <= 2 * shapes.longest(schema)  # an escape is two characters
        assert set(parsed_object(text, schema, model="noise")) == set(schema["properties"])


def test_noise_explains_nothing_and_harms_nothing(openai: LanguageModel, case: Case) -> None:
    diagnosis = LlmAnalyst(openai).explain(case)
    never_worse(diagnosis, case)
    assert diagnosis.dropped_claims or diagnosis.warnings
    rules = RulesAnalyst().explain(case)
    assert [replace(s, mechanism="", evidence=()) for s in diagnosis.suspects] == [
        replace(s, mechanism="", evidence=()) for s in rules.suspects
    ]


def test_the_command_line_explains_with_the_configured_model(server: str, case: Case, tmp_path: Path) -> None:
    out, err = io.StringIO(), io.StringIO()
    console = Console(out=out, err=err, moving=False, now=lambda: datetime.now(UTC))
    session = Session(env={"PERFAGENT_LLM_API_KEY": KEY}, cwd=tmp_path, console=console, now=lambda: datetime.now(UTC))
    documents.write(tmp_path / "comparison.json", case.comparison)
    (tmp_path / "change.diff").write_text(case.diff)
    (tmp_path / "perf.yml").write_text(f"llm: {{provider: openai, model: noise, base_url: '{server}/v1', context: 8192}}\n")
    arguments = ["explain", "--comparison", str(tmp_path / "comparison.json"), "--diff", str(tmp_path / "change.diff"), "--json"]
    path = tmp_path / "diagnosis.json"
    assert invoke([*arguments, str(path), "--config", str(tmp_path / "perf.yml")], session) == 0
    written = json.loads(path.read_text())
    assert written["analyst"] in ("openai:noise", "rules")
    assert written["suspects"][0]["file"] == "shop/cart.py"
    assert KEY not in path.read_text() + out.getvalue() + err.getvalue()


def test_llama_cpp_in_process_fills_the_schema_under_our_grammar(tiny: Path, case: Case) -> None:
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed (it compiles for minutes): install perfagent[llama]")
    model = open_model(ModelAccess(provider="llama_cpp", model=tiny.name, directory=tiny.parent, context=8192, environ=os.environ))
    try:
        completion = model.complete(ASKED, schema=CHOICE, max_tokens=200)
        assert completion.parsed is not None
        never_worse(LlmAnalyst(model).explain(case), case)
        with pytest.raises(ModelError) as caught:
            model.complete([Message(role=Role.USER, content="slow " * 20_000)], schema=CHOICE)
        assert caught.value.reason is Reason.TOO_LONG
    finally:
        model.close()


def test_a_trained_model_explains_without_harm(case: Case) -> None:
    pytest.importorskip(
        "xllamacpp", reason="llama.cpp's server cannot be loaded (pip install xllamacpp; it needs libgomp1)", exc_type=ImportError
    )
    trained = Path(os.environ.get("PERFAGENT_TEST_GGUF", ""))
    if not trained.is_file():
        pytest.skip("PERFAGENT_TEST_GGUF names no model (SmolLM2-135M-Instruct is enough)")
    with llama_server(trained) as url:
        model = open_model(ModelAccess(provider="openai", model="trained", base_url=f"{url}/v1", key=KEY, context=8192))
        diagnosis = LlmAnalyst(model, limits=Limits(seconds=240)).explain(case)
    print(documents.to_json(diagnosis))
    never_worse(diagnosis, case)
