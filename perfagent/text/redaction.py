"""The one place where secrets leave a text before it goes to a log, document, prompt, comment or error.

Known values are found in plain and in the forms in which they leak: base64 (also inside a longer blob), hex, reversed, URL-encoded,
JSON-escaped, and split by blanks, quotes or string concatenation. Values we were never told are found by the shape of well-known tokens.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MARK = "[redacted]"
_WHOLE_WORD_ONLY = 6  # shorter secrets turn up inside ordinary words: redacted only where they stand alone
_SHORTEST = 4
_SHORTEST_FORM = 6  # a fragment of an encoding below this length says nothing

# What people and attackers put between the characters of a secret: blanks, quotes, operators of concatenation, invisible characters.
_GAP = r"[\s\"'`+\\,.&|;_\-\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]{0,8}"
_HEX_GAP = r"(?:[\s:,\-]|\\x|0x|%){0,4}"


class Redactor:
    """Built once from every secret the process holds; `redact` is pure, and redacting twice changes nothing more."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({s.strip() for s in secrets if len(s.strip()) >= _SHORTEST}, key=len, reverse=True)
        forms = [form for secret in known for form in _forms(secret)]
        self._known = re.compile("|".join(forms)) if forms else None

    def redact(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(MARK, text)
        return _by_shape(text)

    def __call__(self, text: str) -> str:
        return self.redact(text)

    def __repr__(self) -> str:
        return "Redactor(...)"


def _forms(secret: str) -> list[str]:
    """Regular expressions, most telling first."""
    if len(secret) < _WHOLE_WORD_ONLY:
        return [rf"(?<![A-Za-z0-9]){re.escape(secret)}(?![A-Za-z0-9])"]
    raw = secret.encode("utf-8", "surrogatepass")
    plain = {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    plain |= {form.replace("%", "%25") for form in plain if "%" in form}  # encoded twice, as proxies do
    out = [_split(secret), _split(secret[::-1])]
    out += [f"(?i:{re.escape(form)})" for form in sorted(plain - {secret}, key=len, reverse=True)]
    out += [r"\s*".join(map(re.escape, form)) for form in sorted(_base64_forms(raw) | _base64_forms(raw[::-1]))]
    out.append("(?i:" + _HEX_GAP.join(f"{byte:02x}" for byte in raw) + ")")
    return out


def _split(secret: str) -> str:
    return _GAP.join(re.escape(char) for char in secret)


def _base64_forms(raw: bytes) -> set[str]:
    """The characters that stay the same whatever stands before and after `raw` in the encoded blob, for the three alignments."""
    out = set()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw).decode()
        stable = encoded[(shift * 8 + 5) // 6 : (shift + len(raw)) * 8 // 6]
        if len(stable) >= _SHORTEST_FORM:
            out |= {stable, stable.replace("+", "-").replace("/", "_")}
    return out


_TOKENS = re.compile(
    r"""(?<![A-Za-z0-9])(?:
      gh[pousr]_[A-Za-z0-9]{16,} | github_pat_[A-Za-z0-9_]{20,}
    | gl(?:pat|dt|rt|cbt|ptt|ft|soat|oas|agent)-[A-Za-z0-9_\-.]{16,}
    | (?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{16}
    | xox[abeoprs]-[A-Za-z0-9-]{10,} | xapp-[A-Za-z0-9-]{10,}
    | sk-(?:ant-|proj-|live-)?[A-Za-z0-9_\-]{16,} | [rs]k_(?:live|test)_[A-Za-z0-9]{16,}
    | AIza[0-9A-Za-z_\-]{30,} | ya29\.[0-9A-Za-z_\-]{20,}
    | AT[AC]TT3[A-Za-z0-9_\-=]{20,} | npm_[A-Za-z0-9]{30,} | pypi-AgEI[A-Za-z0-9_\-]{20,}
    | hv[sb]\.[A-Za-z0-9_\-]{20,} | SG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,} | do[opr]_v1_[a-f0-9]{32,}
    | dt0[a-z][0-9]{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64} | glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}
    | eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{4,}\.[A-Za-z0-9_\-]*
    )""",
    re.VERBOSE,
)
_PEM = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.{0,20000}?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)", re.DOTALL)
# In these the name is kept and the value goes, so that a reader still sees what was there.
_VALUES = (
    re.compile(
        r"(?i)(\b(?:proxy-)?authorization[\"']?\s*[:=]\s*[\"']?(?:(?:bearer|basic|token|digest|negotiate|apikey)\s+)?)([^\s\"',;]{4,})"
    ),
    re.compile(r"(?i)(\b(?:bearer|basic)\s+)([A-Za-z0-9+/_\-.~]{16,}={0,2})"),
    re.compile(r"(?i)(\b(?:private-token|job-token|x-api-key|api-key|x-auth-token|x-vault-token)[\"']?\s*[:=]\s*[\"']?)([^\s\"',;]{6,})"),
    re.compile(r"(?i)(\b(?:set-)?cookie[\"']?\s*:\s*[\"']?)([^\r\n\"']{4,})"),
    re.compile(r"(?i)(\b[a-z][a-z0-9+.\-]{1,20}://)([^\s/@:\"'<>]{0,200}:[^\s/@\"'<>]{1,400})(?=@)"),
    re.compile(
        r"(?i)([?&;](?:access_token|private_token|token|api_?key|key|sig|signature|password|client_secret|code)=)([^\s&#\"'<>]{6,})"
    ),
    re.compile(r"(?i)(\b(?:account|shared_?access)_?key\s*=\s*)([A-Za-z0-9+/]{20,}={0,2})"),
    re.compile(
        r"(?i)(\b[a-z0-9_]{0,40}(?:password|passwd|secret|api_?key|access_?key|auth_?token|private_?key)[\"']?\s*[:=]\s*)"
        r"([\"'])(?!\[redacted\])[^\"'\s]{6,}\2"
    ),
)


def _by_shape(text: str) -> str:
    text = _PEM.sub(MARK, text)
    text = _TOKENS.sub(MARK, text)
    for pattern in _VALUES:
        text = pattern.sub(lambda match: match[1] + MARK, text)
    return text
