"""An installation without network: the dispatcher on a store, and what the agent would report."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from typing import Any

import pytest

from landbridge.api.dispatch import Dispatcher
from landbridge.aws.errors import ApiError
from landbridge.aws.models import operation_model
from landbridge.aws.protocols import ec2
from landbridge.store.engine import Store
from landbridge.store.secrets import Sealer
from landbridge.store.tables.observed import ObservedRoute
from reporting import report_all_built

ACCOUNT, REGION = "123456789012", "us-east-1"
SEALER = Sealer(bytes(32))
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Cloud:
    """Operations by their names, at a time of its own; `path` is a store with its tables."""

    def __init__(self, path: Any) -> None:
        self.now = START
        self.agent = Store(path, role="agent")
        self.store = Store(path, role="api")
        self.dispatcher = Dispatcher(
            store=self.store,
            sealer=SEALER,
            signal=lambda: None,
            account_id=ACCOUNT,
            region=REGION,
            outside_pool=IPv4Network("203.0.113.0/24"),
        )

    def __call__(self, name: str, **request: Any) -> dict[str, Any]:
        """Run an operation; its answer must be one that the service model can write."""
        self.now += timedelta(seconds=1)
        answer = self.dispatcher.run("ec2", name, request, self.now)
        ec2.serialise(operation_model("ec2", name), answer, "request")
        return answer

    def refuses(self, name: str, code: str, *words: str, **request: Any) -> None:
        """Run an operation that is refused with a code, and with words in the message."""
        with pytest.raises(ApiError) as refusal:
            self(name, **request)
        assert refusal.value.code == code, refusal.value.message
        for word in words:
            assert word in refusal.value.message

    def build(self) -> None:
        """Report as the agent does when all that is wanted exists, and nothing else."""
        report_all_built(self.agent)

    def learn(self, gateway_id: str, *prefixes: str) -> None:
        """Report prefixes that a gateway reaches."""
        with self.agent.writing() as session:
            for prefix in prefixes:
                session.add(ObservedRoute(gateway_id=gateway_id, prefix=prefix))

    def generation(self, table: Any, resource_id: str) -> int:
        """Tell how often a resource was changed, plus one."""
        with self.store.reading() as session:
            return session.get(table, resource_id).generation

    def vpc(self, block: str = "10.0.0.0/16") -> str:
        """Make a VPC."""
        return self("CreateVpc", CidrBlock=block)["Vpc"]["VpcId"]

    def subnet(self, vpc: str, block: str = "10.0.1.0/24") -> str:
        """Make a subnet."""
        return self("CreateSubnet", VpcId=vpc, CidrBlock=block)["Subnet"]["SubnetId"]

    def gateway(self, vpc: str) -> str:
        """Make a VPN gateway, attached."""
        gateway = self("CreateVpnGateway", Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
        self("AttachVpnGateway", VpnGatewayId=gateway, VpcId=vpc)
        self.build()
        return gateway

    def main_table(self, vpc: str) -> dict[str, Any]:
        """Describe a VPC's main route table."""
        filters = [where("vpc-id", vpc), where("association.main", "true")]
        (table,) = self("DescribeRouteTables", Filters=filters)["RouteTables"]
        return table

    def default_group(self, vpc: str) -> dict[str, Any]:
        """Describe a VPC's default security group."""
        filters = [where("vpc-id", vpc), where("group-name", "default")]
        (group,) = self("DescribeSecurityGroups", Filters=filters)["SecurityGroups"]
        return group

    def run(self, subnet: str, **more: Any) -> dict[str, Any]:
        """Launch one instance."""
        request = {"ImageId": "ami-12345678", "MinCount": 1, "MaxCount": 1, "SubnetId": subnet}
        (instance,) = self("RunInstances", **{**request, **more})["Instances"]
        return instance


def where(name: str, *values: str) -> dict[str, Any]:
    """Write a filter."""
    return {"Name": name, "Values": list(values)}


def tagged(kind: str, **tags: str) -> list[dict[str, Any]]:
    """Write TagSpecifications."""
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    return [{"ResourceType": kind, "Tags": pairs}]
