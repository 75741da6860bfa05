"""llama.cpp in this process: a GGUF file, on the GPU where llama-cpp-python was built for one.

Loading waits for the first question. One lock: llama.cpp's context serves one thread.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from perfagent.adapters.models.access import ModelAccess
from perfagent.adapters.models.answers import parsed_object
from perfagent.adapters.models.grammar import grammar_of
from perfagent.ports.language_model import Completion, JsonSchema, Message, ModelError, Reason, Role, ToolSpec

_KV_BYTES = 128 * 1024  # a token at f16 in Llama 3.1 8B: 2 x 32 layers x 8 heads x 128 x 2 bytes
_OVERHEAD = int(0.8 * 2**30)  # compute buffers and the driver's own
_LEAST_CONTEXT = 2048
_PER_MESSAGE = 12  # tokens that a chat template puts around a message


class LlamaCpp:
    """`load` and `free_memory` (bytes of the GPU, None without one) are replaced in tests."""

    calls_tools = False

    def __init__(
        self,
        access: ModelAccess,
        *,
        load: Callable[..., Any] | None = None,
        free_memory: Callable[[Mapping[str, str]], int | None] | None = None,
    ) -> None:
        self._path = access.directory / access.model
        self.name = f"llama_cpp:{self._path.name}"
        self.context = access.context
        if load is None:
            _package()
        self._load = load or _llama
        self._free_memory = free_memory or free_gpu_memory
        self._environ = access.environ
        self._clock = access.pace.clock
        self._lock = threading.Lock()
        self._llama: Any = None
        self._notes: tuple[str, ...] = ()

    def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: JsonSchema | None = None,
        tools: Sequence[ToolSpec] = (),
        max_tokens: int = 1024,
        temperature: float = 0.0,
        timeout: float = 120.0,
    ) -> Completion:
        if tools:
            raise ModelError(Reason.FAILED, f"{self.name} is not given tools")
        end = self._clock() + timeout
        with self._lock:
            llama = self._opened()
            prompt = sum(len(llama.tokenize(m.content.encode(), add_bos=False, special=False)) + _PER_MESSAGE for m in messages)
            if prompt + max_tokens > self.context:
                raise ModelError(Reason.TOO_LONG, f"{self.name}: {prompt} tokens and {max_tokens} of answer do not fit into {self.context}")
            text, finish, count = self._generate(llama, messages, schema, max_tokens, temperature, end)
        if finish == "length":
            raise ModelError(Reason.TRUNCATED, f"the answer of {self.name} was cut")
        return Completion(
            text=text,
            parsed=parsed_object(text, schema, model=self.name) if schema is not None else None,
            prompt_tokens=prompt,
            completion_tokens=count,
            finish=finish,
            notes=self._notes,
        )

    def close(self) -> None:
        with self._lock:
            if self._llama is not None:
                self._llama.close()
                self._llama = None

    def _opened(self) -> Any:
        if self._llama is not None:
            return self._llama
        if not self._path.is_file():
            raise ModelError(
                Reason.ABSENT, f"{self._path} does not exist", hint="download the GGUF file, or name the right one in llm.model"
            )
        fits = context_that_fits(self.context, self._path.stat().st_size, self._free_memory(self._environ))
        if fits < self.context:
            self._notes = (f"the context is {fits} tokens instead of {self.context}: the GPU's free memory holds no more",)
            self.context = fits
        try:
            self._llama = self._load(model_path=str(self._path), n_ctx=self.context, n_gpu_layers=-1, n_batch=512, seed=0, verbose=False)
        except (ValueError, RuntimeError, OSError) as error:
            raise ModelError(
                Reason.ABSENT, f"{self._path.name} cannot be loaded: {error}", hint="is it a whole GGUF file, and is there memory enough?"
            ) from error
        return self._llama

    def _generate(
        self, llama: Any, messages: Sequence[Message], schema: JsonSchema | None, max_tokens: int, temperature: float, end: float
    ) -> tuple[str, str, int]:
        """Streamed, so that the deadline is looked at between tokens; reading the prompt itself cannot be interrupted."""
        options: dict[str, Any] = {"temperature": temperature, "max_tokens": max_tokens, "seed": 0, "stream": True}
        if schema is not None:
            options["grammar"] = _grammar(grammar_of(schema))
        parts: list[str] = []
        finish, count = "stop", 0
        try:
            stream = llama.create_chat_completion(messages=[_chat(m) for m in messages], **options)
            for chunk in stream:
                choice = chunk["choices"][0]
                piece = choice.get("delta", {}).get("content")
                if piece:
                    parts.append(piece)
                    count += 1
                finish = choice.get("finish_reason") or finish
                if self._clock() > end:
                    stream.close()
                    raise ModelError(Reason.SLOW, f"{self.name} did not finish in time", hint="raise llm.timeout, or use a smaller model")
        except (ValueError, RuntimeError) as error:  # what llama-cpp-python raises for a prompt over n_ctx, and for a failed decode
            reason = Reason.TOO_LONG if "context window" in str(error) else Reason.FAILED
            raise ModelError(reason, f"{self.name}: {error}") from error
        return "".join(parts), finish, count


def context_that_fits(wanted: int, file_bytes: int, free: int | None) -> int:
    """Tokens of context for which weights and cache fit into `free` bytes, at most `wanted`; `wanted` where there is no GPU to fill."""
    if free is None:
        return wanted
    room = free - file_bytes - _OVERHEAD
    return min(wanted, max(_LEAST_CONTEXT, room // _KV_BYTES // 256 * 256))


def free_gpu_memory(environ: Mapping[str, str]) -> int | None:
    """Bytes, from nvidia-smi; None where there is none, or llama.cpp was built without GPU support."""
    import llama_cpp

    if not llama_cpp.llama_supports_gpu_offload():
        return None
    command = ["nvidia-smi", "--query-gpu=memory.free", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=10, check=True, env={"PATH": environ.get("PATH", os.defpath)}
        )
        return int(answer.stdout.split()[0]) * 2**20
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None


def _package() -> None:
    """Raises ModelError(ABSENT) where llama-cpp-python is missing; it is large, so it is looked for and not loaded."""
    from importlib.util import find_spec

    if find_spec("llama_cpp") is None:
        raise ModelError(Reason.ABSENT, "llama-cpp-python is not installed", hint="install perfagent[llama]")


def _llama(**options: Any) -> Any:
    import llama_cpp

    return llama_cpp.Llama(**options)


def _grammar(text: str) -> Any:
    import llama_cpp

    return llama_cpp.LlamaGrammar.from_string(text, verbose=False)


def _chat(message: Message) -> Mapping[str, str]:
    return {"role": "user" if message.role is Role.TOOL else message.role.value, "content": message.content}
