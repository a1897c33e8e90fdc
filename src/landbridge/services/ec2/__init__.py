"""Amazon EC2's operations for Site-to-Site VPN and for the VPCs that it connects.

Importing a module enters its operations into the registry.
"""

from landbridge.services.ec2 import (
    availability_zones,
    customer_gateways,
    device_configurations,
    instances,
    network_interfaces,
    route_propagation,
    route_table_associations,
    route_tables,
    routes,
    security_group_rules,
    security_groups,
    subnets,
    tags,
    vpc_attributes,
    vpcs,
    vpn_connection_routes,
    vpn_connections,
    vpn_gateways,
)

__all__ = [
    "availability_zones",
    "customer_gateways",
    "device_configurations",
    "instances",
    "network_interfaces",
    "route_propagation",
    "route_table_associations",
    "route_tables",
    "routes",
    "security_group_rules",
    "security_groups",
    "subnets",
    "tags",
    "vpc_attributes",
    "vpcs",
    "vpn_connection_routes",
    "vpn_connections",
    "vpn_gateways",
]
