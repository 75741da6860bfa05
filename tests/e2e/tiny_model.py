"""A real Llama model with random weights, made on the spot: half a megabyte that llama.cpp loads, tokenises with and samples from.

What it writes is noise, which is the point: whatever comes out must be bound by schema and grammar, and dropped by the checker.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

_SIZE, _LAYERS, _HEADS, _INNER = 64, 2, 4, 96
_TEMPLATE = (
    "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}\n{% endfor %}{% if add_generation_prompt %}<a>{% endif %}"
)


def make_tiny_model(path: Path, *, seed: int = 7, context: int = 8192) -> Path:
    """Needs `gguf` and numpy. The same seed gives the same file."""
    import gguf
    import numpy as np

    dice = np.random.default_rng(seed)
    kinds = gguf.TokenType
    control = [(b"<unk>", kinds.UNKNOWN), (b"<s>", kinds.CONTROL), (b"</s>", kinds.CONTROL)]
    single = [(f"<0x{byte:02X}>".encode(), kinds.BYTE) for byte in range(256)]
    printable = [("\u2581".encode(), kinds.NORMAL), *((bytes([code]), kinds.NORMAL) for code in range(33, 127))]
    tokens = [*control, *single, *printable]

    file = gguf.GGUFWriter(path, "llama")
    file.add_name("noise")
    file.add_context_length(context)
    file.add_embedding_length(_SIZE)
    file.add_block_count(_LAYERS)
    file.add_feed_forward_length(_INNER)
    file.add_head_count(_HEADS)
    file.add_head_count_kv(_HEADS)
    file.add_layer_norm_rms_eps(1e-5)
    file.add_rope_dimension_count(_SIZE // _HEADS)
    file.add_vocab_size(len(tokens))
    file.add_tokenizer_model("llama")
    file.add_tokenizer_pre("default")
    file.add_token_list([token for token, _ in tokens])
    file.add_token_scores([-float(number) for number in range(len(tokens))])
    file.add_token_types([int(kind) for _, kind in tokens])
    file.add_bos_token_id(1)
    file.add_eos_token_id(2)
    file.add_unk_token_id(0)
    file.add_add_bos_token(True)
    file.add_chat_template(_TEMPLATE)

    def weights(*shape: int, scale: float = 0.05) -> Any:
        return dice.normal(0.0, scale, shape).astype(np.float32)

    ones = np.ones(_SIZE, dtype=np.float32)
    file.add_tensor("token_embd.weight", weights(len(tokens), _SIZE, scale=0.4))
    file.add_tensor("output_norm.weight", ones)
    file.add_tensor("output.weight", weights(len(tokens), _SIZE, scale=0.4))
    for layer in range(_LAYERS):
        for name in ("attn_norm", "ffn_norm"):
            file.add_tensor(f"blk.{layer}.{name}.weight", ones)
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            file.add_tensor(f"blk.{layer}.{name}.weight", weights(_SIZE, _SIZE))
        for name in ("ffn_gate", "ffn_up"):
            file.add_tensor(f"blk.{layer}.{name}.weight", weights(_INNER, _SIZE))
        file.add_tensor(f"blk.{layer}.ffn_down.weight", weights(_SIZE, _INNER))
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()
    return path
