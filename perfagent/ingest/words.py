"""Text read eight bytes at a time, for thousands of places at once.

A "word" is eight neighbouring bytes as one little-endian number, so that the first character is its lowest byte. All functions take and
give arrays of words; the digit tricks are those of D. Lemire's `parse_eight_digits_unrolled` (simdjson), written for numpy.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

UInt64s = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_STEP = 1 << 18  # bytes that stay in the cache while they are gone over three times
PADDING = bytes(256)
"""What must follow a text (of any bytes), so that words may be read where a cut-off last line would have gone on."""


@cache
def word(text: bytes) -> np.uint64:
    """The word of at most eight bytes (zeros above)."""
    return np.uint64(int.from_bytes(text, "little"))


def _each(byte: int) -> np.uint64:
    return word(bytes([byte]) * 8)


ZEROS = _each(ord("0"))
_BYTE = np.uint64(0xFF)
_ONES, _TOPS, _TO_TOP = _each(1), _each(0x80), _each(0x80 - 10)
_U = [np.uint64(n) for n in range(65)]
_PAIR = np.uint64(0x000000FF000000FF)
_HIGH_PAIRS, _LOW_PAIRS = np.uint64(100 + (1_000_000 << 32)), np.uint64(1 + (10_000 << 32))
_STIR = np.array([pow(0x9E3779B97F4A7C15, k, 1 << 64) for k in range(1, 10)], np.uint64)  # odd, with bits all over
_BYTE_NUMBER = np.uint64(0x0001020304050607)  # times 1 << 8k, its top byte is k


def words_at_every_byte(text: bytes) -> UInt64s:
    """A view, no copy: element i is the word that begins at byte i."""
    return np.ndarray(len(text) - 7, dtype="<u8", buffer=text, strides=(1,))


def places_of(text: bytes, byte: int, begin: int, end: int) -> Places:
    """Where this byte stands. Seldom ones are found first to the word, then within it: numpy's own search is 2.5 times as slow."""
    numbers = np.frombuffer(text, np.uint8, end - begin, begin)
    mask = np.zeros(_STEP, bool)
    found = []
    for at in range(0, len(numbers), _STEP):
        part = numbers[at : at + _STEP]
        np.equal(part, byte, out=mask[: len(part)])
        mask[len(part) :] = False
        words = mask.view(np.uint64)
        full = np.flatnonzero(words != 0)
        inside = words[full]
        if (inside & (inside - _U[1])).any():  # two in one word
            places = np.flatnonzero(mask)
        else:
            places = (full << 3) + (inside * _BYTE_NUMBER >> _U[56]).astype(np.int64)
        found.append(places + (begin + at))
    return np.concatenate(found)


def blocks_before(text: bytes, at: Places, size: int) -> UInt64s:
    """For each place, the `size` (a multiple of 8) bytes before it, as a row of words; costs little more than one word a place."""
    every = np.ndarray(len(text) - size + 1, dtype=f"V{size}", buffer=text, strides=(1,))
    return every[at - size].view(np.uint64).reshape(-1, size // 8)


def are(words: UInt64s, at: Places, text: bytes) -> Flags:
    """Whether these (at most eight) bytes stand at these places."""
    found = words[at]
    same: Flags = (found if len(text) == 8 else found & mask(text)) == word(text)
    return same


def digests_of(text: bytes, begins: Places, ends: Places) -> UInt64s:
    """A 64-bit digest of each text[begin:end] of at least eight bytes, all of its bytes counted: equal texts have equal digests, and others
    share one about as often as two in 10**19 do (a sum of words times odd constants, stirred between blocks; not against an adversary)."""
    size = ends - begins
    block = 64 if int(size.min()) >= 64 else 8
    digest = size.astype(np.uint64)
    for number in range(-(-int(size.max()) // block)):
        more = size > number * block
        at = slice(None) if more.all() else np.flatnonzero(more)
        # The last block ends where the text does, so that all its bytes are the text's own.
        last = np.minimum(begins[at] + (number + 1) * block, ends[at])
        sums = blocks_before(text, last, block) @ _STIR[: block // 8]
        mixed = (digest[at] ^ sums) * _STIR[-1]
        digest[at] = mixed ^ (mixed >> _U[29])
    return digest


def are_long(text: bytes, at: Places, wanted: bytes) -> Flags:
    """As `are`, for any length."""
    if not wanted:
        return np.ones(len(at), bool)
    every = np.ndarray(len(text) - len(wanted) + 1, dtype=f"V{len(wanted)}", buffer=text, strides=(1,))
    same: Flags = (every[at].view(np.uint8).reshape(len(at), -1) == np.frombuffer(wanted, np.uint8)).all(axis=1)
    return same


@cache
def mask(text: bytes) -> np.uint64:
    return word(b"\xff" * len(text))


def find(words: UInt64s, byte: int) -> tuple[Places, Flags]:
    """Index (0 to 7) of the first such byte in each word, and whether there is one."""
    differing = words ^ _each(byte)
    differing = (differing - _ONES) & ~differing & _TOPS
    first = differing & (~differing + _U[1])
    return ((first >> _U[7]) * _BYTE_NUMBER >> _U[56]).astype(np.int64), first != 0


def keep_first(words: UInt64s, count: Places) -> UInt64s:
    """Zero all but the first `count` (1 to 8) bytes."""
    shift = ((8 - count) << 3).astype(np.uint64)
    return words << shift >> shift


def keep_last(words: UInt64s, count: Places) -> UInt64s:
    shift = ((8 - count) << 3).astype(np.uint64)
    return words >> shift << shift


def are_digits(numerals: UInt64s) -> Flags:
    """Whether each byte is 0 to 9 (numerals, not characters)."""
    below: Flags = (((numerals + _TO_TOP) | numerals) & _TOPS) == 0
    return below


def eight_digits(numerals: UInt64s) -> Places:
    """The number whose eight decimal digits are the bytes."""
    pairs = numerals * _U[10] + (numerals >> _U[8])
    number = (pairs & _PAIR) * _HIGH_PAIRS + (pairs >> _U[16] & _PAIR) * _LOW_PAIRS
    return (number >> _U[32]).astype(np.int64)


def two_digits(numerals: UInt64s, at: int) -> Places:
    """The number whose two digits are bytes `at` and `at + 1`."""
    pair = numerals >> _U[8 * at]
    return ((pair & _U[15]) * _U[10] + (pair >> _U[8] & _U[15])).astype(np.int64)


def decimals(words: UInt64s, at: Places) -> tuple[Places, Places, Flags]:
    """Decimal numbers that end with a comma: in millionths; where each ends; and whether it is a plain one, of at most seven digits before
    the point and six after it. Anything else (a sign, an exponent, NaN) is for a slower reader."""
    first = words[at]
    whole, good = _find_below_zero(first)
    pointed = (first >> (whole << 3).astype(np.uint64) & _BYTE) == ord(".")
    good &= whole > 0
    numerals = keep_last(words[at + whole - 8] ^ ZEROS, np.maximum(whole, 1))
    behind = words[at + whole + 1]
    fraction, ended = find(behind, ord(","))
    good &= ~pointed | (ended & (fraction > 0) & (fraction <= 6))
    behind = np.where(pointed, keep_first(behind ^ ZEROS, np.maximum(fraction, 1)), _U[0])
    good &= are_digits(numerals) & are_digits(behind)
    end = at + whole + np.where(pointed, fraction + 1, 0)
    good &= (words[end] & _BYTE) == ord(",")
    return eight_digits(numerals) * 10**6 + eight_digits(behind) // 100, end, good


def _find_below_zero(words: UInt64s) -> tuple[Places, Flags]:
    """Index of the first byte below the digits (a point, a comma, a sign), and whether there is one."""
    below = (words - ZEROS) & ~words & _TOPS
    first = below & (~below + _U[1])
    return ((first >> _U[7]) * _BYTE_NUMBER >> _U[56]).astype(np.int64), first != 0
