"""The filters of DescribeInstances, DescribeInstanceStatus and DescribeNetworkInterfaces."""

from landbridge.aws.filters import Filters
from landbridge.services.ec2.instance_answer import moment
from landbridge.services.ec2.listing import absent, member


def _interface(path: str, prefix: str) -> Filters:
    """Look at what interfaces have wherever they are shown: `path` leads to them."""
    return {
        f"{prefix}addresses.primary": member(f"{path}PrivateIpAddresses.Primary"),
        f"{prefix}addresses.private-ip-address": member(
            f"{path}PrivateIpAddresses.PrivateIpAddress"
        ),
        f"{prefix}attachment.attachment-id": member(f"{path}Attachment.AttachmentId"),
        f"{prefix}attachment.delete-on-termination": member(
            f"{path}Attachment.DeleteOnTermination"
        ),
        f"{prefix}attachment.device-index": member(f"{path}Attachment.DeviceIndex"),
        f"{prefix}attachment.status": member(f"{path}Attachment.Status"),
        f"{prefix}description": member(f"{path}Description"),
        f"{prefix}group-id": member(f"{path}Groups.GroupId"),
        f"{prefix}group-name": member(f"{path}Groups.GroupName"),
        f"{prefix}mac-address": member(f"{path}MacAddress"),
        f"{prefix}network-interface-id": member(f"{path}NetworkInterfaceId"),
        f"{prefix}owner-id": member(f"{path}OwnerId"),
        f"{prefix}private-dns-name": member(f"{path}PrivateDnsName"),
        f"{prefix}private-ip-address": member(f"{path}PrivateIpAddress"),
        f"{prefix}source-dest-check": member(f"{path}SourceDestCheck"),
        f"{prefix}status": member(f"{path}Status"),
        f"{prefix}subnet-id": member(f"{path}SubnetId"),
        f"{prefix}vpc-id": member(f"{path}VpcId"),
        **absent(
            f"{prefix}association.allocation-id",
            f"{prefix}association.association-id",
            f"{prefix}association.ip-owner-id",
            f"{prefix}association.public-dns-name",
            f"{prefix}association.public-ip",
            f"{prefix}addresses.association.public-ip",
            f"{prefix}ipv6-addresses.ipv6-address",
            f"{prefix}requester-id",
        ),
    }


INTERFACE_FILTERS: Filters = {
    **_interface("", ""),
    "attachment.attach-time": lambda item: [moment(item["Attachment"]["AttachTime"])],
    "attachment.instance-id": member("Attachment.InstanceId"),
    "attachment.instance-owner-id": member("Attachment.InstanceOwnerId"),
    "availability-zone": member("AvailabilityZone"),
    "availability-zone-id": member("AvailabilityZoneId"),
    "interface-type": member("InterfaceType"),
    "requester-managed": member("RequesterManaged"),
}
_STATE: Filters = {
    "availability-zone": member("Placement.AvailabilityZone"),
    "availability-zone-id": member("Placement.AvailabilityZoneId"),
    "instance-state-code": member("State.Code"),
    "instance-state-name": member("State.Name"),
}
STATUS_FILTERS: Filters = {
    **_STATE,
    "instance-status.reachability": member("_Status.InstanceStatus.Details.Status"),
    "instance-status.status": member("_Status.InstanceStatus.Status"),
    "system-status.reachability": member("_Status.SystemStatus.Details.Status"),
    "system-status.status": member("_Status.SystemStatus.Status"),
    **absent("event.code", "event.description", "event.instance-event-id"),
}
INSTANCE_FILTERS: Filters = {
    **_STATE,
    **_interface("NetworkInterfaces.", "network-interface."),
    "architecture": member("Architecture"),
    "client-token": member("ClientToken"),
    "dns-name": member("PublicDnsName"),
    "ebs-optimized": member("EbsOptimized"),
    "group-id": member("SecurityGroups.GroupId"),
    "group-name": member("SecurityGroups.GroupName"),
    "hypervisor": member("Hypervisor"),
    "image-id": member("ImageId"),
    "instance-id": member("InstanceId"),
    "instance-type": member("InstanceType"),
    "instance.group-id": member("SecurityGroups.GroupId"),
    "instance.group-name": member("SecurityGroups.GroupName"),
    "launch-index": member("AmiLaunchIndex"),
    "launch-time": member("_LaunchTime"),
    "monitoring-state": member("Monitoring.State"),
    "owner-id": member("_OwnerId"),
    "platform-details": member("PlatformDetails"),
    "private-dns-name": member("PrivateDnsName"),
    "private-ip-address": member("PrivateIpAddress"),
    "reason": member("StateTransitionReason"),
    "reservation-id": member("_ReservationId"),
    "root-device-name": member("RootDeviceName"),
    "root-device-type": member("RootDeviceType"),
    "source-dest-check": member("SourceDestCheck"),
    "state-reason-code": member("StateReason.Code"),
    "state-reason-message": member("StateReason.Message"),
    "subnet-id": member("SubnetId"),
    "tenancy": member("Placement.Tenancy"),
    "virtualization-type": member("VirtualizationType"),
    "vpc-id": member("VpcId"),
    **absent(
        "block-device-mapping.device-name",
        "block-device-mapping.volume-id",
        "host-id",
        "iam-instance-profile.arn",
        "iam-instance-profile.id",
        "instance-lifecycle",
        "ip-address",
        "ipv6-address",
        "kernel-id",
        "key-name",
        "outpost-arn",
        "placement-group-name",
        "platform",
        "product-code",
        "ramdisk-id",
        "requester-id",
        "spot-instance-request-id",
    ),
}
