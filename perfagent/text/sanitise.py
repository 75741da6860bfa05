"""Hostile text made harmless for the three places it goes to: a prompt, a comment on a code host, a terminal or CI log.

Nothing here decides whether text is honest. It takes away what a reader cannot see (control, bidi and zero-width characters, HTML comments)
and what a machine would act on (fences, mentions, slash commands, links, chat-template tokens, workflow commands).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

CUT = " … [cut]"

# Controls but \t \n; soft hyphen; Arabic letter mark; Hangul fillers; Mongolian separators; zero-width; bidi; invisible operators;
# variation selectors and tag characters (both can smuggle bytes); interlinear marks; lone surrogates and noncharacters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_ANSI = re.compile(r"\x1b(?:\[[0-?]{0,40}[ -/]{0,4}[@-~]|\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)|[PX^_][^\x1b]{0,2000}\x1b\\|[@-Z\\-_])")
_STACKED_MARKS = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]{2})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]+"
)
_COMMENT_END = re.compile(r"--!?>")
_NESTED = 8  # comments within comments deeper than this are spelled out instead of taken out
_FENCE = re.compile(r"`{3,}|~{3,}")
# The tokens that chat templates of common models use to say who speaks.
_TEMPLATE = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|<｜[^｜<>\n]{1,40}｜>|<</?SYS>>|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]|</?s>"
    r"|</?(?:start_of_turn|end_of_turn|tool_call|tool_response|think|system|assistant|user)>|^\s*(?:system|assistant|human|user)\s*:\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_IMAGE = re.compile(r"!\[([^\]\n]{0,300})\](?:\([^)\n]{0,2000}\)|\[[^\]\n]{0,300}\])")
_LINK = re.compile(r"\[([^\]\n]{0,300})\]\(\s*<?([^)\s>]{0,2000})>?[^)\n]{0,300}\)")
_DEFINITION = re.compile(r"^(\s{0,3})\[(?=[^\]\n]{0,300}\]:)", re.MULTILINE)
_BARE_URL = re.compile(r"\b([a-z][a-z0-9+.\-]{1,20}):(//[^\s<>\"'`)\]]{1,2000})", re.IGNORECASE)
_WWW = re.compile(r"\bwww\.(?=[a-z0-9])", re.IGNORECASE)
_SCHEME = re.compile(r"\b(javascript|vbscript|data|mailto|file):(?=\S)", re.IGNORECASE)
_ENTITY = re.compile(r"&(?!(?:lt|gt|amp);)(?=#?[A-Za-z0-9]{1,32};)")
_MENTION = re.compile(r"@(?=[\w\[])")
_ISSUE = re.compile(r"#(?=\d)")
_HOST_REFERENCE = re.compile(r"(?<![\w)])([!$%&~])(?=\d)|(?<![\w~])~(?=[A-Za-z\"])|\b(GH|gh)-(?=\d)")
_SLASH_COMMAND = re.compile(r"^(\s*)/(?=[A-Za-z])", re.MULTILINE)
_HEADING = re.compile(r"^(\s{0,3})(#{1,6})(?=\s)", re.MULTILINE)
_RULE = re.compile(r"^(\s{0,3})([-=_*])(?=\2{2,}\s*$|=*\s*$)", re.MULTILINE)
_WORKFLOW = re.compile(r"^(\s*):(?=:)|#(?=#(?:\[|vso\[|teamcity\[))|(?<=#)(?=teamcity\[)", re.MULTILINE)
_FULL_WIDTH = {"@": "\uff20", "#": "\uff03", "!": "\uff01", "$": "\uff04", "%": "\uff05", "&": "\uff06", "~": "\uff5e"}


def visible(text: str) -> str:
    """Only what a reader sees: no ANSI sequences, control, bidi, zero-width or tag characters; at most two stacked marks; \\n line ends."""
    text = _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return _STACKED_MARKS.sub(r"\1", _INVISIBLE.sub("", text))


def for_prompt(text: str, limit: int) -> str:
    """Text as data inside a prompt, at most `limit` characters (a mark says where it was cut)."""
    text = _without_comments(visible(text[: 8 * limit + 1000]))
    text = _FENCE.sub(lambda match: "'" * len(match[0]), text)
    text = _TEMPLATE.sub(_spelled_out, text)
    return _cut(text, limit)


def for_comment(text: str, *, allowed_hosts: Iterable[str] = (), limit: int = 60_000, inline: bool = False) -> str:
    """Text inside a Markdown comment, on any code host. `inline`: one line that is also safe in a table cell.

    Links stay links only where their host is in `allowed_hosts`; other links become their words, other addresses are spelled `hxxps://`.
    """
    hosts = frozenset(host.lower() for host in allowed_hosts)
    text = _without_comments(visible(text[: 4 * limit + 1000]))
    if inline:
        text = " ".join(text.split())
    text = _cut(text, limit)
    text = _FENCE.sub(lambda match: "'" * len(match[0]), text)
    text = _even_backticks(text)
    text = _ENTITY.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
    text = _IMAGE.sub(lambda match: match[1], text)
    text = _LINK.sub(lambda match: match[0] if _host(match[2]) in hosts else match[1], text)
    text = _DEFINITION.sub(r"\1\\[", text)
    text = _BARE_URL.sub(lambda match: match[0] if _host(match[0]) in hosts else _defanged(match[1]) + match[2], text)
    text = _SCHEME.sub(lambda match: match[1] + " ", _WWW.sub("www[.]", text))
    text = _MENTION.sub(_FULL_WIDTH["@"], text)
    text = _ISSUE.sub(_FULL_WIDTH["#"], text)
    text = _HOST_REFERENCE.sub(lambda match: f"{match[2]} " if match[2] else _FULL_WIDTH[match[1] or "~"], text)
    text = _SLASH_COMMAND.sub(r"\1\\/", text)
    text = _RULE.sub(r"\1\\\2", _HEADING.sub(r"\1\\\2", text))
    return re.sub(r"(?<!\\)\|", r"\\|", text) if inline else text


def for_terminal(text: str, *, limit: int = 20_000) -> str:
    """Text on a terminal or in a CI log: no escape sequences, and no line that a runner takes for a command (`::set-env`, `##vso[`)."""
    text = visible(text[: 4 * limit + 1000])
    return _cut(_WORKFLOW.sub(lambda match: f"{match[1]}: " if match[1] is not None else match[0] + " ", text), limit)


def fenced(text: str, language: str = "", *, limit: int = 20_000) -> str:
    """A Markdown code block around text as it is (invisible characters apart), in a fence longer than any inside it."""
    body = _cut(visible(text[: 4 * limit + 1000]), limit)
    longest = max((len(run) for run in re.findall(r"`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    safe = re.sub(r"[^A-Za-z0-9+#-]", "", language)[:20]
    return f"{fence}{safe}\n{body}\n{fence}"


def _without_comments(text: str) -> str:
    """Also what appears when a comment inside another is taken out, and openings that are never closed."""
    for _ in range(_NESTED):
        shorter = _once_without_comments(text)
        if shorter == text:
            break
        text = shorter
    return text.replace("<!-", "< !-").replace("-->", "-- >") if "<!--" in text else text.replace("-->", "")


def _once_without_comments(text: str) -> str:
    """By searching, not by a pattern: an attacker's thousand openings must not cost a thousand scans to the end."""
    parts = []
    at = 0
    while (start := text.find("<!--", at)) >= 0:
        end = _COMMENT_END.search(text, start + 4)
        parts.append(text[at:start])
        if end is None:
            parts.append(text[start:].replace("<!--", ""))
            return "".join(parts)
        at = end.end()
    return "".join(parts) + text[at:]


def _spelled_out(match: re.Match[str]) -> str:
    return re.sub(r"[<>|\[\]｜:]", "·", match[0])


def _even_backticks(text: str) -> str:
    """An odd backtick would open a code span that swallows our own words; a paragraph that has one loses all of its own."""
    return "\n\n".join(p if p.count("`") % 2 == 0 else p.replace("`", "'") for p in text.split("\n\n"))


def _host(address: str) -> str | None:
    """None for what is not http(s), has user info, or cannot be parsed."""
    try:
        parts = urlsplit(address)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or "@" in parts.netloc or "\\" in address or not port_ok:
        return None
    return parts.hostname


def _defanged(scheme: str) -> str:
    spelled = {"http": "hxxp", "https": "hxxps", "ftp": "fxp", "hxxp": "hxxp", "hxxps": "hxxps", "fxp": "fxp"}
    return spelled.get(scheme.lower(), scheme + " ") + ":"


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return text[: max(0, limit - len(CUT))] + CUT[-limit:] if limit else ""
