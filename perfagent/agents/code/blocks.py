"""What encloses a line, read from indentation alone.

Code in a repository is indented by what encloses it whatever its language, and that also holds inside a diff hunk, where a parser has
nothing to hold on to. So loops and async functions are found the same way for every language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

LOOP = re.compile(
    r"^\s*(?:\}?\s*(?:async\s+)?for\b(?!\s*_?\s*:?=)|(?:\}\s*)?while\b|foreach\b|until\b|loop\b|do\s*\{)"
    r"|\.(?:each(?:_with_index|_with_object|_slice|_pair|_entry)?|forEach\w*|map!?|flatMap|flat_map|filter_map|collect|reduce|inject|select|reject|filter"
    r"|sort_by|group_by|sum|times|some|every|any\?|all\?|ForEach(?:Async)?|Select|Where|computeIfAbsent|stream\(\)\.\w+|mapNotNull|iter\(\)|into_iter\(\)|for_each"
    r"|find_each|find_in_batches|step|upto|each_key|each_value)"
    r"\s*(?:\(\s*(?:\([^()]*\)|async\b|function\b|\w+|&?\|[^|]*\|)?\s*(?:=>|->|\{|\|)?.*[({|>,:]|\s*(?:do\b|\{)(?:\s*\|[^|]*\|)?)\s*$"
    r"|\b(?:array_map|array_walk|array_filter|usort|collect\([^)]*\)->(?:each|map))\s*\(.*\bfunction\b",
)
COMPREHENSION = re.compile(
    r"[\[({,=]\s*[^\[\]{}]*?\S\s+(?:async\s+)?for\s+[\w\s,()*]+\s+in\s+"
    r"|\b(?:map|filter)\(\s*(?:lambda\b|\w+\s*,)"
    r"|\.(?:map|forEach|flatMap|filter|some|every|reduce|find|each|select|reject|collect|sum|sort_by|any\?|Select|Where|Any|All|Sum|ToDictionary)"
    r"\s*(?:\(\s*(?:async\s*)?(?:\([^()]*\)|\w+)\s*=>\s*\S|\(\s*(?:async\s+)?function|\s*\{\s*\|[^|]*\|\s*\S)"
    r"|\.(?:map|filter|forEach|flatMap|anyMatch|allMatch|mapToInt|mapToLong|collect)\(\s*(?:\w+|\([^()]*\))\s*->\s*\S"
    r"|\barray_map\(\s*(?:fn|function)\b"
)
ASYNC = re.compile(
    r"^\s*(?:@\w.*\s)?(?:(?:export|default|public|private|protected|internal|static|override|virtual|sealed)\s+)*async\b|\basync\s*(?:\w+\s*)?\([^)]*\)\s*=>|\basync\s+function\b|=\s*async\b|\bsuspend\s+fun\b"
)
FUNCTION = re.compile(
    r"^\s*(?:async\s+)?(?:def|func|fn|fun|function)\b|^\s*(?:(?:pub|public|private|protected|internal|static|final|override|virtual|async|export|default|suspend|abstract|sealed|synchronized)"
    r"\s+)+[\w<>\[\],.?\s]*\(|^\s*(?:async\s+)?\w+\s*\([^;]*\)\s*(?::\s*[\w<>\[\]|\s.]+)?\{\s*$|=\s*(?:async\s*)?(?:\([^)]*\)|\w+)\s*=>\s*\{?\s*$"
)
_NOT_FUNCTION = re.compile(
    r"^\s*\}?\s*(?:if|for|foreach|while|switch|catch|else|elif|return|with|using|lock|synchronized|do|try|when|unless|until)\b"
)
_CONTINUES = re.compile(
    r"^\s*[)\]}]+[\s;,)\]}]*(?:$|:|\{|->|else\b|catch\b|finally\b)|^\s*(?:else|elif|elsif|except|rescue|finally|ensure|catch|case|default)\b"
)
MAX_LINES_BACK = 400


def indentation(line: str) -> int:
    """Columns before the first character; a tab counts as four."""
    width = 0
    for char in line:
        if char == " ":
            width += 1
        elif char == "\t":
            width += 4
        else:
            break
    return width


def enclosing(lines: Sequence[str], index: int) -> Iterator[tuple[int, str]]:
    """Index and text of each line that encloses line `index`, innermost first, up to and including the function's own first line."""
    level = indentation(lines[index])
    for at in range(index - 1, max(-1, index - MAX_LINES_BACK), -1):
        line = lines[at]
        if not line.strip():
            continue
        width = indentation(line)
        if width >= level or (_CONTINUES.match(line) and not LOOP.search(line)):
            continue
        level = width
        yield at, line
        if is_function(line) or not level:
            return


def is_function(line: str) -> bool:
    return bool(FUNCTION.search(line)) and not _NOT_FUNCTION.match(line)


def loops_around(lines: Sequence[str], index: int) -> list[int]:
    """Indices of the loop headers around a line, innermost first; `index` itself when the line holds a comprehension."""
    found = [index] if COMPREHENSION.search(lines[index]) else []
    for at, line in enclosing(lines, index):
        if LOOP.search(line) or (line.rstrip().endswith(("{", "(", "[", "=>", ":")) and COMPREHENSION.search(line)):
            found.append(at)
        elif is_function(line):
            break
    return found


def in_async_function(lines: Sequence[str], index: int) -> bool:
    """Whether the innermost function around the line is asynchronous."""
    for _, line in enclosing(lines, index):
        if ASYNC.search(line):
            return True
        if is_function(line):
            return False
    return False
