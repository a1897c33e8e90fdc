"""The native configuration: CustomerGatewayConfiguration, in XML.

Its order of elements and its values are those of AWS's own, which always show the minimum suite
whatever the tunnel options are; clients read addresses, ASNs, the hold time and the key from it.
"""

from xml.sax.saxutils import escape, quoteattr

from landbridge.devices.facts import ConnectionFacts, TunnelFacts

HOLD_TIME = 30
_NETMASK = "255.255.255.252"
_IPSEC = """\
    <ipsec>
      <protocol>esp</protocol>
      <authentication_protocol>hmac-sha1-96</authentication_protocol>
      <encryption_protocol>aes-128-cbc</encryption_protocol>
      <lifetime>3600</lifetime>
      <perfect_forward_secrecy>group2</perfect_forward_secrecy>
      <mode>tunnel</mode>
      <clear_df_bit>true</clear_df_bit>
      <fragmentation_before_encryption>true</fragmentation_before_encryption>
      <tcp_mss_adjustment>1379</tcp_mss_adjustment>
      <dead_peer_detection>
        <interval>10</interval>
        <retries>3</retries>
      </dead_peer_detection>
    </ipsec>
"""


def customer_gateway_configuration(facts: ConnectionFacts) -> str:
    """Write the XML document."""
    attributes = (
        "  <vpn_connection_attributes>NoBGPVPNConnection</vpn_connection_attributes>\n"
        if facts.static_routes_only
        else ""
    )
    tunnels = "".join(_tunnel(facts, tunnel) for tunnel in facts.tunnels)
    return f"""\
<?xml version="1.0" encoding="UTF-8"?>
<vpn_connection id={quoteattr(facts.vpn_connection_id)}>
  <customer_gateway_id>{facts.customer_gateway_id}</customer_gateway_id>
  <vpn_gateway_id>{facts.vpn_gateway_id}</vpn_gateway_id>
  <vpn_connection_type>{facts.type}</vpn_connection_type>
{attributes}{tunnels}</vpn_connection>"""


def _tunnel(facts: ConnectionFacts, tunnel: TunnelFacts) -> str:
    customer_bgp = "" if facts.static_routes_only else _bgp(facts.customer_asn)
    our_bgp = "" if facts.static_routes_only else _bgp(facts.our_asn)
    psk = (
        ""
        if tunnel.psk is None
        else f"      <pre_shared_key>{escape(tunnel.psk)}</pre_shared_key>\n"
    )
    return f"""\
  <ipsec_tunnel>
    <customer_gateway>
      <tunnel_outside_address>
        <ip_address>{facts.customer_address}</ip_address>
      </tunnel_outside_address>
      <tunnel_inside_address>
        <ip_address>{tunnel.customer_inside_address}</ip_address>
        <network_mask>{_NETMASK}</network_mask>
        <network_cidr>30</network_cidr>
      </tunnel_inside_address>
{customer_bgp}    </customer_gateway>
    <vpn_gateway>
      <tunnel_outside_address>
        <ip_address>{tunnel.outside_address}</ip_address>
      </tunnel_outside_address>
      <tunnel_inside_address>
        <ip_address>{tunnel.our_inside_address}</ip_address>
        <network_mask>{_NETMASK}</network_mask>
        <network_cidr>30</network_cidr>
      </tunnel_inside_address>
{our_bgp}    </vpn_gateway>
    <ike>
      <authentication_protocol>sha1</authentication_protocol>
      <encryption_protocol>aes-128-cbc</encryption_protocol>
      <lifetime>28800</lifetime>
      <perfect_forward_secrecy>group2</perfect_forward_secrecy>
      <mode>main</mode>
{psk}    </ike>
{_IPSEC}  </ipsec_tunnel>
"""


def _bgp(asn: int) -> str:
    return f"""\
      <bgp>
        <asn>{asn}</asn>
        <hold_time>{HOLD_TIME}</hold_time>
      </bgp>
"""
