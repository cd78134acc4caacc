"""Keys come from the environment, and no text that leaves here holds one."""

from __future__ import annotations

import logging
import os
import re
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from urllib.parse import quote, quote_plus

from pvsim.errors import WeatherError

HIDDEN = "***"
# what services call their keys in addresses and answers, whoever's they are: also access_token, X-Api-Key
NAMED = re.compile(
    r"(?i)([\w-]*(?:key|token|e-?mail|user(?:name)?|password|pass|pwd|auth|credential|secret|signature|sig)(?:\[\w*\])?)(\\?[\"']?\s*[=:]\s*\\?[\"']?)([^\s&;,\"'<>\\]+)"
)
LOGGERS = ("urllib3.connectionpool", "urllib3.util.retry", "urllib3.connection")  # they write whole addresses
LEAST_LONG = 6  # of a secret that is taken out of an answer: a shorter one might be a number of the weather


def key_of(variable: str, title: str, where: str) -> str:
    """The key that an environment variable holds.

    Raises
    ------
    WeatherError : it is not set; nothing is ever asked for at the terminal
    """
    key = os.environ.get(variable, "").strip()
    if not key:
        raise WeatherError(f"{title} needs a key: set the environment variable {variable} (free of charge at {where})")
    if not key.isascii() or any(not c.isprintable() or c.isspace() for c in key):
        raise WeatherError(
            f"{title}: {variable} holds blanks, control characters or letters that no key has; copy the key again"
        )
    return key


def redacted(text: str, secrets: Sequence[str]) -> str:
    """A text in which neither a secret nor a value under a secret's usual name is left, however it was quoted."""
    for form in _forms(secrets):
        text = re.sub(re.escape(form), HIDDEN, text, flags=re.IGNORECASE)  # hosts and addresses are often lowered
    return NAMED.sub(rf"\1\2{HIDDEN}", text)


def without(raw: bytes, secrets: Sequence[str]) -> bytes:
    """An answer that does not repeat what it was asked with: it is kept, and messages quote it."""
    for form in _forms([secret for secret in secrets if len(secret) >= LEAST_LONG]):
        raw = re.sub(re.escape(form.encode()), HIDDEN.encode(), raw, flags=re.IGNORECASE)
    return raw


def _forms(secrets: Sequence[str]) -> list[str]:
    """Secrets as they stand and as addresses, JSON and pages write them; the longest first, as they hold the others."""
    forms = set()
    for secret in filter(None, secrets):
        once = quote(secret, safe="")
        in_json = "".join(c if c.isalnum() else f"\\u{ord(c):04x}" for c in secret)
        in_base64 = b64encode(secret.encode()).decode().rstrip("=")
        forms |= {secret, once, quote_plus(secret), quote(once, safe=""), escape(secret), in_json, in_base64}
    return sorted(forms, key=len, reverse=True)


class _Redacting(logging.Filter):
    """Rewrites what the HTTP library logs, for those who let it."""

    def __init__(self) -> None:
        super().__init__()
        self.secrets: tuple[str, ...] = ()

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record, without its secrets, and without the errors that quote an address."""
        record.msg, record.args = redacted(record.getMessage(), self.secrets), ()
        record.exc_info = record.exc_text = None
        return True


_own = _Redacting()


def quiet_logs(secrets: Sequence[str]) -> None:
    """From now on the logs of the HTTP library hold none of these secrets.

    For good: a request that took too long is left behind in its thread, and logs when its answer comes at last.
    """
    _own.secrets = tuple(dict.fromkeys((*_own.secrets, *secrets)))
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_own)  # once, however often it is added
