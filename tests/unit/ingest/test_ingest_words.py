from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfagent.ingest.words import PADDING, decimals, digests_of, places_of, words_at_every_byte


@settings(max_examples=200, deadline=None)
@given(text=st.binary(min_size=1, max_size=400).map(lambda b: b.replace(b"\x01", b"\n")), cut=st.integers(0, 20))
def test_every_place_of_a_byte_is_found(text: bytes, cut: int) -> None:
    begin = min(cut, len(text) - 1)
    assert places_of(text, 10, begin, len(text)).tolist() == [i for i in range(begin, len(text)) if text[i] == 10]


def test_places_are_found_across_steps() -> None:
    text = bytearray((1 << 19) + 5)
    expected = [0, 7, (1 << 18) - 1, 1 << 18, (1 << 19) + 4]
    for place in expected:
        text[place] = 10
    assert places_of(bytes(text), 10, 0, len(text)).tolist() == expected


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 9_999_999_999_999))
def test_numbers_of_up_to_seven_and_six_digits_are_exact(millionths: int) -> None:
    for text in (f"{millionths / 1e6:.6f}", f"{millionths // 10**6}"):
        data = b"________" + text.encode() + b',"rest' + PADDING
        value, end, good = decimals(words_at_every_byte(data), np.array([8]))
        assert (bool(good[0]), int(end[0])) == (True, 8 + len(text))
        assert int(value[0]) == round(float(text) * 1e6)


@pytest.mark.parametrize("text", ["-1", "NaN", "1e-07", "", ".5", "1.", "1.2345678", "12345678", "1.2.3", "1-2", "1/2", "+1"])
def test_other_numbers_are_left_to_the_slow_reader(text: str) -> None:
    data = b"________" + text.encode() + b',"rest' + PADDING
    assert not decimals(words_at_every_byte(data), np.array([8]))[2][0]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(min_size=8, max_size=300), min_size=1, max_size=20, unique=True))
def test_digests_are_equal_for_equal_texts_only(texts: list[bytes]) -> None:
    data = bytes(64) + b"".join(b"x" * (i % 5) + text for i, text in enumerate([*texts, *texts])) + PADDING
    begins, at = [], 64
    for i, text in enumerate([*texts, *texts]):
        begins.append(at + i % 5)
        at += i % 5 + len(text)
    sizes = [len(t) for t in (*texts, *texts)]
    digests = digests_of(data, np.array(begins), np.array(begins) + np.array(sizes)).tolist()
    assert digests[: len(texts)] == digests[len(texts) :]
    assert len(set(digests)) == len(texts)
