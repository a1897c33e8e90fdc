"""The paths that Vyatta 6.5 and VyOS 1.4 know, as far as VPN connections need them.

Source: Vyatta's VPN, BGP and policy-based routing guides; VyOS's definitions of its command line.
"""

_IKE = "vpn ipsec ike-group {name}"
_ESP = "vpn ipsec esp-group {name}"

VYATTA = f"""
{_IKE} lifetime {{int 30-86400}}
{_IKE} proposal {{int 1-65535}} dh-group 2|5
{_IKE} proposal {{int 1-65535}} encryption aes128|aes256|3des
{_IKE} proposal {{int 1-65535}} hash md5|sha1
{_IKE} dead-peer-detection action hold|clear|restart
{_IKE} dead-peer-detection interval {{int 15-86400}}
{_IKE} dead-peer-detection timeout {{int 30-86400}}
{_ESP} compression enable|disable
{_ESP} lifetime {{int 30-86400}}
{_ESP} mode tunnel|transport
{_ESP} pfs enable|disable|dh-group2|dh-group5
{_ESP} proposal {{int 1-65535}} encryption aes128|aes256|3des
{_ESP} proposal {{int 1-65535}} hash md5|sha1
vpn ipsec ipsec-interfaces interface {{interface}} *
vpn ipsec site-to-site peer {{address}} authentication mode pre-shared-secret|rsa|x509
vpn ipsec site-to-site peer {{address}} authentication pre-shared-secret {{text}}
vpn ipsec site-to-site peer {{address}} description {{text}}
vpn ipsec site-to-site peer {{address}} ike-group {{name}}
vpn ipsec site-to-site peer {{address}} local-address {{address}}
vpn ipsec site-to-site peer {{address}} vti bind {{interface vti}}
vpn ipsec site-to-site peer {{address}} vti esp-group {{name}}
interfaces vti {{interface vti}} address {{host}} *
interfaces vti {{interface vti}} description {{text}}
interfaces vti {{interface vti}} mtu {{int 68-9000}}
interfaces ethernet {{interface}} policy route {{name}}
policy route {{name}} rule {{int 1-9999}} protocol tcp
policy route {{name}} rule {{int 1-9999}} destination address {{network}}
policy route {{name}} rule {{int 1-9999}} tcp flags SYN
policy route {{name}} rule {{int 1-9999}} set tcp-mss {{int 500-1460}}
protocols static route {{network}} next-hop {{address}} distance {{int 1-255}}
protocols bgp {{int 1-4294967294}} network {{network}} *
protocols bgp {{int 1-4294967294}} neighbor {{address}} remote-as {{int 1-4294967294}}
protocols bgp {{int 1-4294967294}} neighbor {{address}} soft-reconfiguration inbound
protocols bgp {{int 1-4294967294}} neighbor {{address}} timers holdtime {{int 0-65535}}
protocols bgp {{int 1-4294967294}} neighbor {{address}} timers keepalive {{int 0-65535}}
"""

_CIPHER = "aes128|aes256|aes128gcm128|aes256gcm128"
_HASH = "sha1|sha256|sha384|sha512"
_GROUPS = (2, 5, *range(14, 25), 31)
_PEER = "vpn ipsec site-to-site peer {name}"
_NEIGHBOUR = "protocols bgp neighbor {address}"

VYOS = f"""
vpn ipsec interface {{interface}} *
vpn ipsec options disable-route-autoinstall
vpn ipsec authentication psk {{name}} id {{address}} *
vpn ipsec authentication psk {{name}} secret {{text}}
{_IKE} key-exchange ikev1|ikev2
{_IKE} lifetime {{int 0-86400}}
{_IKE} proposal {{int 1-65535}} dh-group {"|".join(map(str, _GROUPS))}
{_IKE} proposal {{int 1-65535}} encryption {_CIPHER}
{_IKE} proposal {{int 1-65535}} hash {_HASH}
{_IKE} close-action none|trap|start
{_IKE} dead-peer-detection action trap|clear|restart
{_IKE} dead-peer-detection interval {{int 2-86400}}
{_IKE} dead-peer-detection timeout {{int 2-86400}}
{_IKE} disable-mobike
{_ESP} lifetime {{int 30-86400}}
{_ESP} mode tunnel|transport
{_ESP} pfs enable|disable|{"|".join(f"dh-group{number}" for number in _GROUPS)}
{_ESP} proposal {{int 1-65535}} encryption {_CIPHER}
{_ESP} proposal {{int 1-65535}} hash {_HASH}
{_PEER} authentication mode pre-shared-secret|rsa|x509
{_PEER} authentication local-id {{address}}
{_PEER} authentication remote-id {{address}}
{_PEER} authentication x509 ca-certificate {{name}} *
{_PEER} authentication x509 certificate {{name}}
{_PEER} connection-type initiate|respond|none
{_PEER} default-esp-group {{name}}
{_PEER} description {{text}}
{_PEER} ike-group {{name}}
{_PEER} local-address {{address}}
{_PEER} remote-address {{address}} *
{_PEER} tunnel {{int 0-4294967295}} local prefix {{network}} *
{_PEER} tunnel {{int 0-4294967295}} remote prefix {{network}} *
{_PEER} vti bind {{interface vti}}
interfaces vti {{interface vti}} address {{host}} *
interfaces vti {{interface vti}} description {{text}}
interfaces vti {{interface vti}} mtu {{int 68-16000}}
interfaces vti {{interface vti}} ip adjust-mss {{int 536-65535}}
interfaces vti {{interface vti}} ipv6 adjust-mss {{int 1220-65535}}
protocols static route|route6 {{network}} next-hop {{address}} distance {{int 1-255}}
protocols bgp system-as {{int 1-4294967294}}
protocols bgp address-family ipv4-unicast|ipv6-unicast network {{network}} *
{_NEIGHBOUR} remote-as {{int 1-4294967294}}
{_NEIGHBOUR} address-family ipv4-unicast|ipv6-unicast soft-reconfiguration inbound
{_NEIGHBOUR} timers holdtime {{int 1-65535}}
{_NEIGHBOUR} timers keepalive {{int 1-65535}}
"""
