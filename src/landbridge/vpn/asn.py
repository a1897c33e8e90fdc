"""Autonomous system numbers: which side may use which.

Sources: guide, "Customer gateway options" and "Create a virtual private gateway";
API reference, CreateCustomerGateway (BgpAsn, BgpAsnExtended) and CreateVpnGateway.
"""

DEFAULT_CUSTOMER_ASN = 65000
DEFAULT_AMAZON_ASN = 64512

CUSTOMER_ASN = range(1, 2_147_483_648)
"BgpAsn."
CUSTOMER_ASN_EXTENDED = range(2_147_483_648, 4_294_967_296)
"BgpAsnExtended."
RESERVED_CUSTOMER_ASN = frozenset({7224})
"Reserved in all Regions; 9059, 10124 and 17943 are so in one Region of AWS each."
AMAZON_ASN_RANGES = (range(64_512, 65_535), range(4_200_000_000, 4_294_967_295))
"Private numbers, 16-bit and 32-bit."


def is_amazon_asn(asn: int) -> bool:
    """Tell whether a gateway of ours may use this number."""
    return any(asn in allowed for allowed in AMAZON_ASN_RANGES)


def allowed_amazon_asns() -> str:
    """Say what `is_amazon_asn` accepts, for an error message."""
    return " or ".join(f"{allowed.start}-{allowed.stop - 1}" for allowed in AMAZON_ASN_RANGES)
