import time

import pytest

from landbridge.aws.errors import ApiError
from landbridge.aws.filters import MAX_VALUES, exact, matching

FIELDS = {
    "state": lambda item: [item["State"]],
    "cidr": lambda item: item.get("Cidrs", []),
    "asn": lambda item: [item.get("Asn")],
}
A = {"State": "available", "Cidrs": ["10.0.0.0/8", "*"], "Tags": [{"Key": "Name", "Value": "a"}]}
B = {"State": "deleted", "Cidrs": ["10.1.0.0/16"], "Asn": "65000"}
C = {"State": "pend\\ing\nslowly", "Tags": [{"Key": "Env", "Value": "a"}]}


def found(*filters):
    wanted = [{"Name": name, "Values": list(values)} for name, *values in filters]
    return [[A, B, C].index(one) for one in matching([A, B, C], wanted, FIELDS)]


@pytest.mark.parametrize(
    ("filters", "indexes"),
    [
        ([], [0, 1, 2]),
        ([("state", "available")], [0]),
        ([("state", "Available")], []),
        ([("state", "available", "deleted")], [0, 1]),
        ([("state", "available"), ("cidr", "10.1.0.0/16")], []),
        ([("state", "deleted"), ("cidr", "10.1.0.0/16")], [1]),
        ([("cidr", "10.*")], [0, 1]),
        ([("cidr", "10.?.0.0/16")], [1]),
        ([("cidr", "10.*.0*/*6")], [1]),
        ([("cidr", r"\*")], [0]),
        ([("cidr", r"1\0.0.0.0/8")], [0]),
        ([("state", r"pend\\ing*")], [2]),
        ([("state", "pend*slowly")], [2]),
        ([("state", "*")], [0, 1, 2]),
        ([("state", "avail*able")], [0]),
        ([("state", "avail*lable")], []),
        ([("state", "")], []),
        ([("asn", "*")], [1]),
        ([("tag:Name", "a")], [0]),
        ([("tag:Name", "b")], []),
        ([("tag-key", "Name", "Env")], [0, 2]),
        ([("tag-key", "n*")], []),
    ],
)
def test_filters(filters, indexes):
    assert found(*filters) == indexes


def test_no_filters_keep_everything():
    assert matching([A], None, FIELDS) == [A]


@pytest.mark.parametrize(
    ("filters", "code", "message"),
    [
        ([{"Name": "colour", "Values": ["x"]}], "InvalidParameterValue", "'colour' is invalid"),
        ([{"Values": ["x"]}], "InvalidParameterValue", "The filter 'null' is invalid"),
        ([{}], "InvalidParameterValue", "The filter 'null' is invalid"),
        ([{"Name": "state"}], "MissingParameter", "filter.value"),
        ([{"Name": "state", "Values": ["x"] * (MAX_VALUES + 1)}], "FilterLimitExceeded", "200"),
    ],
)
def test_bad_filters_are_refused_even_when_there_is_nothing_to_filter(filters, code, message):
    with pytest.raises(ApiError) as refused:
        matching([], filters, FIELDS)
    assert refused.value.code == code
    assert message in refused.value.message


def test_many_stars_do_not_take_long():
    items = [{"State": "a" * 20_000}]
    start = time.process_time()
    assert matching(items, [{"Name": "state", "Values": ["*a" * 30 + "*b"]}], FIELDS) == []
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    ("filters_", "values"),
    [
        (None, None),
        ([{"Name": "other", "Values": ["a"]}], None),
        ([{"Name": "id", "Values": ["a", "b"]}], ["a", "b"]),
        ([{"Name": "id", "Values": ["a", "b*"]}], None),
        ([{"Name": "id", "Values": ["\\a"]}], None),
        ([{"Name": "id"}], None),
        ([{"Name": "id", "Values": ["?"]}, {"Name": "id", "Values": ["c"]}], ["c"]),
    ],
)
def test_what_a_filter_names_exactly(filters_, values):
    assert exact(filters_, "id") == values
