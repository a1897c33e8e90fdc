import base64
import random

import pytest

from landbridge.aws.errors import ApiError
from landbridge.aws.pagination import page


def key(item):
    return item


def all_pages(items, size):
    pages, token = [], None
    while True:
        part, token = page(items, {"MaxResults": size, "NextToken": token}, key=key)
        pages.append(part)
        if token is None:
            return pages


def test_the_pages_are_the_list():
    items = [f"vpc-{number:02}" for number in range(23)]
    shuffled = random.Random(1).sample(items, len(items))
    assert [len(part) for part in all_pages(shuffled, 5)] == [5, 5, 5, 5, 3]
    assert [one for part in all_pages(shuffled, 5) for one in part] == items
    assert all_pages(items, 23) == [items]
    assert all_pages([], 5) == [[]]


def test_without_a_limit_the_list_stays_as_it_is():
    assert page(["b", "a"], {}, key=key) == (["b", "a"], None)


def test_changes_between_pages_neither_repeat_nor_hide_anything():
    first, token = page(["a", "c", "e", "g"], {"MaxResults": 2}, key=key)
    assert first == ["a", "c"]
    second, token = page(["b", "e", "f", "g"], {"MaxResults": 9, "NextToken": token}, key=key)
    assert (second, token) == (["e", "f", "g"], None)


def test_tokens_are_opaque_and_of_any_text():
    _, token = page(["é\n1", "é\n2"], {"MaxResults": 1}, key=key)
    assert token.isascii()
    assert "1" not in base64.urlsafe_b64decode(token)[:8].decode("latin-1")
    assert page(["é\n1", "é\n2"], {"NextToken": token}, key=key) == (["é\n2"], None)


@pytest.mark.parametrize("token", ["x", "é", "=", "AAAA", "A" * 5000, "a b", "\0"])
def test_tokens_that_are_not_ours_are_refused(token):
    with pytest.raises(ApiError) as refused:
        page(["a"], {"NextToken": token}, key=key)
    assert refused.value.code == "InvalidNextToken"


def test_a_changed_token_is_refused():
    _, token = page(["vpc-1", "vpc-2"], {"MaxResults": 1}, key=key)
    for index in range(len(token)):
        changed = token[:index] + ("A" if token[index] != "A" else "B") + token[index + 1 :]
        with pytest.raises(ApiError):
            page(["vpc-1"], {"NextToken": changed}, key=key)
