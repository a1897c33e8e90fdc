"""Whatever a client sends is answered with AWS's errors: never a 500, never half a change.

Requests are made from the service model's own shapes, half of them with ids and values that make
sense together, so that they get past the first check; then they are mangled.
"""

import random
import shutil
import sqlite3
from datetime import UTC, datetime
from ipaddress import IPv4Network
from urllib.parse import quote

import pytest
from botocore.serialize import create_serializer
from hypothesis import given, settings
from hypothesis import strategies as st

from landbridge.api.dispatch import Dispatcher
from landbridge.aws.errors import ApiError, InvalidAction, MissingAction
from landbridge.aws.models import operation_model
from landbridge.aws.protocols import ec2, forms
from landbridge.services.registry import OPERATIONS
from landbridge.store.engine import Store
from landbridge.store.secrets import Sealer
from landbridge.vpn.tunnel_options import OPTIONS

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NAMES = sorted(name for service, name in OPERATIONS if service == "ec2")
SERIALIZER = create_serializer("ec2", include_validation=False)
SENSIBLE = [
    "10.0.0.0/16", "10.0.1.0/24", "192.168.0.0/16", "0.0.0.0/0", "169.254.10.0/30",
    "198.51.100.7", "203.0.113.9", "ipsec.1", "us-east-1a", "ami-12345678", "default", "tcp",
    "-1", "icmp", "ikev1", "ikev2", "start", "clear", "AES128", "SHA1", "abcdefgh", "51cb26fd",
    "9005b6c1", "recommended", "", "null", "é", "\x7f", "'; DROP TABLE x; --", "a" * 300,
]  # fmt: skip


class Installation:
    """An api without HTTP, with one of everything."""

    def __init__(self, path):
        self.store = Store(path, role="api")
        self._watch = sqlite3.connect(path)
        self.dispatcher = Dispatcher(
            store=self.store,
            sealer=Sealer(bytes(32)),
            signal=lambda: None,
            account_id="123456789012",
            region="us-east-1",
            outside_pool=IPv4Network("203.0.113.0/24"),
        )
        run = self.run
        vpc = run("CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = run("CreateSubnet", VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        vgw = run("CreateVpnGateway", Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
        run("AttachVpnGateway", VpcId=vpc, VpnGatewayId=vgw)
        cgw = run("CreateCustomerGateway", Type="ipsec.1", IpAddress="198.51.100.2")
        cgw = cgw["CustomerGateway"]["CustomerGatewayId"]
        vpn = run(
            "CreateVpnConnection",
            Type="ipsec.1",
            CustomerGatewayId=cgw,
            VpnGatewayId=vgw,
            Options={"StaticRoutesOnly": True},
        )["VpnConnection"]["VpnConnectionId"]
        tables = run("DescribeRouteTables")["RouteTables"]
        groups = run("DescribeSecurityGroups")["SecurityGroups"]
        self.ids = [vpc, subnet, vgw, cgw, vpn, tables[0]["RouteTableId"], groups[0]["GroupId"]]

    def run(self, operation, **request):
        return self.dispatcher.run("ec2", operation, request, NOW)

    def post(self, form):
        """Send a form as far as the answer's bytes; an ApiError is an answer too."""
        body = "&".join(f"{key}={value}" for key, value in form)
        try:
            operation, request = read(body.encode())
            answer = self.dispatcher.run("ec2", operation.name, request, NOW)
            return ec2.serialise(operation, answer, "id")
        except ApiError as error:
            refusal = error
        assert refusal.status < 500, refusal
        assert refusal.message
        return None

    def version(self):
        """A number that changes when anything is committed to the store."""
        return self._watch.execute("PRAGMA data_version").fetchone()


@pytest.fixture(scope="module")
def installation(empty_store, tmp_path_factory):
    path = tmp_path_factory.mktemp("fuzzed") / "landbridge.sqlite"
    return Installation(shutil.copy(empty_store, path))


class Thrower:
    """Makes requests of a shape, sensible and otherwise; the same for the same seed."""

    def __init__(self, seed, ids):
        self.random = random.Random(seed)
        self.words = [*SENSIBLE, *ids, *OPTIONS]

    def value(self, shape):
        make = {
            "structure": self.structure,
            "list": self.list,
            "integer": self.integer,
            "long": self.integer,
            "boolean": lambda _: self.random.random() < 0.3,
            "timestamp": lambda _: NOW,
            "blob": lambda _: self.random.randbytes(4),
        }.get(shape.type_name, self.text)
        return make(shape)

    def structure(self, shape):
        chance = min(0.5, 4 / max(1, len(shape.members)))
        return {
            name: self.value(member)
            for name, member in shape.members.items()
            if name in shape.required_members or self.random.random() < chance
        }

    def list(self, shape):
        return [self.value(shape.member) for _ in range(self.random.choice([0, 1, 1, 2]))]

    def integer(self, _):
        return self.random.choice(
            [0, -1, 1, 2, 22, 443, 64512, 65000, 65536, 1 << 31, (1 << 32) - 1, 1 << 63,
             self.random.getrandbits(64)]
        )  # fmt: skip

    def text(self, shape):
        return self.random.choice([*self.words, *(shape.enum or [])])

    def mangled(self, form):
        """Break a form: drop, repeat, rename, renumber or overwrite a parameter."""
        at = self.random.randrange(len(form))
        key, value = form[at]
        other = self.random.choice(
            [
                [],
                [(key, value), (key, value)],
                [(f"{key}.1", value)],
                [(f"{key}.Nonsense", value)],
                [(key.replace(".1", ".0"), value)],
                [(key.replace(".1", ".999999999999"), value)],
                [(key, "")],
                [(key, "%ff%fe")],
                [(key, "%00")],
                [(key, "true")],
                [(key, "-99999999999999999999")],
                [(key, value), ("Unknown", "x")],
            ]
        )
        return [*form[:at], *other, *form[at + 1 :]]


@pytest.mark.parametrize("name", NAMES)
def test_no_input_of_the_model_breaks_an_operation(installation, name):
    operation = operation_model("ec2", name)

    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    @given(st.integers(0, 1 << 32))
    def throw(seed):
        thrower = Thrower(seed, installation.ids)
        request = thrower.structure(operation.input_shape)
        body = SERIALIZER.serialize_to_request(request, operation)["body"]
        form = [(quoted(key), quoted(value)) for key, value in body.items()]
        if seed % 2:
            form = thrower.mangled(form)
        before = installation.version()
        if installation.post(form) is None:
            assert installation.version() == before, "a refusal changes nothing"

    throw()


def quoted(text):
    """Percent-encode for a form."""
    return quote(str(text), safe="", errors="surrogatepass")


@pytest.mark.parametrize(
    "body",
    [b"", b"Action=", b"Action=DescribeVpcs&Action=DescribeVpcs", b"\xff\xfe", b"Action=%zz",
     b"=&=&=", b"&" * 5000, b"Action=DescribeVpcs&Filter=1&Filter.1.Name=x"],
)  # fmt: skip
def test_what_is_no_request_at_all_is_refused(body):
    with pytest.raises(ApiError) as refusal:
        read(body)
    assert refusal.value.status < 500


def read(body):
    """Read a body as the app does, as far as the operation's input."""
    pairs = forms.read(body)
    name = ec2.action(pairs)
    if name is None:
        raise MissingAction
    operation = operation_model("ec2", name)
    if operation is None:
        raise InvalidAction(name)
    return operation, ec2.parse(operation, pairs)
