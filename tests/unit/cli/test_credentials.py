"""The credentials' file: made once, and nothing else is taken for it."""

import pytest

from landbridge.api import credentials
from landbridge.settings import StateError


def test_they_are_made_once_and_for_their_owner(tmp_path):
    path = tmp_path / "credentials.json"
    made = credentials.load_or_create(path)
    assert credentials.load_or_create(path) == made
    assert path.stat().st_mode & 0o777 == 0o600
    assert made.secret_of(made.access_key_id) == made.secret_access_key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"text"',
        "{}",
        '{"account_id": 1, "access_key_id": "AKIA", "secret_access_key": "very secret"}',
        '{"account_id": "1", "access_key_id": "AKIA", "secret_access_key": "s", "more": ""}',
        "\udcff",
    ],
)
def test_what_is_malformed_is_told_in_a_sentence_without_what_is_in_it(tmp_path, text):
    path = tmp_path / "credentials.json"
    path.write_text(text, errors="surrogateescape")
    with pytest.raises(StateError, match=r"credentials\.json cannot be read") as refusal:
        credentials.load_or_create(path)
    assert "secret" not in str(refusal.value)


def test_a_directory_is_told_too(tmp_path):
    with pytest.raises(StateError, match="directory"):
        credentials.load(tmp_path)
