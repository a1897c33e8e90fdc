"""Digests that stand for long texts in comparisons and names."""

import hashlib


def digest(text: str) -> str:
    """Shorten a text to twelve hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
