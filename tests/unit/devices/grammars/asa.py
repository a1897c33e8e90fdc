"""The commands of ASA 8.2, 9.x and 9.7 that the files for Cisco's firewalls use, mode by mode.

Source: Cisco ASA Series Command Reference, A to Z; Cisco ASA 5500 Series Command Reference, 8.2.
"""

_GLOBAL = """
crypto isakmp identity {value:address|hostname|auto}
crypto ipsec df-bit clear-df {interface:word}
crypto ipsec fragmentation before-encryption {interface:word}
crypto ipsec security-association replay window-size {value:64|128|256|512|1024}
sysopt connection tcpmss {value:48-65535}
tunnel-group {+tunnel-group:ip} type ipsec-l2l
tunnel-group {@tunnel-group:ip} ipsec-attributes > tunnel-group
tunnel-group {@tunnel-group:ip} general-attributes > general
route {interface:word} {network:ip} {mask:ip} {hop:ip} {metric:1-255}
"""
_POLICY = """
[policy]
authentication pre-share
encryption {value:aes|aes-256}
hash {value:sha|md5}
group {value:GROUPS}
lifetime {value:120-2147483647}

[general]
default-group-policy {@group-policy:word}
"""
_MAP = """
access-list {name:word} remark {text:rest}
access-list {+access-list:word} extended {action:permit|deny} ip {source:selector} {target:selector}
access-list {+access-list:word} extended {action:permit|deny} icmp host {source:ip} host {target:ip}
crypto map {+map:word} {number:1-65535} match address {@access-list:word}
crypto map {@map:word} {number:1-65535} set connection-type {value:originate-only|bi-directional}
crypto map {@map:word} {number:1-65535} set pfs {value:PFS}
crypto map {@map:word} {number:1-65535} set peer {@tunnel-group:ip} {second:ip}
crypto map {@map:word} {number:1-65535} set security-association lifetime seconds {value:120-86400}
crypto map {@map:word} interface {interface:word}
sla monitor {+sla:1-2147483647} > sla
sla monitor schedule {@sla:1-2147483647} life forever start-time now
group-policy {+group-policy:word} internal
group-policy {@group-policy:word} attributes > group-policy
"""
_MAP_MODES = """
[sla]
type echo protocol ipIcmpEcho {target:ip} interface {interface:word} > echo

[echo]
frequency {value:1-604800}

[group-policy]
vpn-filter value {@access-list:word}
"""
_SECRET = """
[tunnel-group]
PREFIXpre-shared-key {key:word}
isakmp keepalive threshold {interval:10-3600} retry {retry:2-10}
"""
_TRANSFORMS = "{encryption:esp-aes|esp-aes-256} {integrity:esp-sha-hmac|esp-md5-hmac}"
_SET_TRANSFORMS = "set transform-set {@transform-set:word} {second:word}"

ASA_8 = f"""
[global]
{_GLOBAL}
{_MAP.replace("PFS", "group2|group5")}
crypto isakmp enable {{interface:word}}
crypto isakmp policy {{name:1-65535}} > policy
crypto ipsec transform-set {{+transform-set:word}} {_TRANSFORMS}
crypto map {{@map:word}} {{number:1-65535}} {_SET_TRANSFORMS}
nat ({{interface:word}}) 0 access-list {{@access-list:word}}
{_POLICY.replace("GROUPS", "2|5")}
{_MAP_MODES}
{_SECRET.replace("PREFIX", "")}
"""

ASA_9 = f"""
[global]
{_GLOBAL}
{_MAP.replace("PFS", "group2|group5|group14")}
crypto ikev1 enable {{interface:word}}
crypto ikev1 policy {{name:1-65535}} > policy
crypto ipsec ikev1 transform-set {{+transform-set:word}} {_TRANSFORMS}
crypto map {{@map:word}} {{number:1-65535}} {_SET_TRANSFORMS.replace("set ", "set ikev1 ", 1)}
object network {{+object:word}} > object
nat ({{inside:word}},{{outside:word}}) {{line:1-2147483647}} source static {{@object:word}} {{mapped:word}} destination static {{vpc:word}} {{vpc-mapped:word}} no-proxy-arp route-lookup
{_POLICY.replace("GROUPS", "2|5|14")}
{_MAP_MODES}
{_SECRET.replace("PREFIX", "ikev1 ")}
[object]
subnet {{network:ip}} {{mask:ip}}
"""  # noqa: E501

ASA_VTI = f"""
[global]
{_GLOBAL}
crypto ikev1 enable {{interface:word}}
crypto ikev2 enable {{interface:word}}
crypto ikev1 policy {{name:1-65535}} > policy
crypto ikev2 policy {{name:1-65535}} > ikev2-policy
crypto ipsec ikev1 transform-set {{+transform-set:word}} {_TRANSFORMS}
crypto ipsec ikev2 ipsec-proposal {{+ipsec-proposal:word}} > ipsec-proposal
crypto ipsec profile {{+ipsec-profile:word}} > ipsec-profile
interface Tunnel{{+tunnel:0-10413}} > interface
router bgp {{asn:1-4294967295}} > bgp
{_POLICY.replace("GROUPS", "2|5|14")}
{_SECRET.replace("PREFIX", "ikev1 ")}
ikev2 remote-authentication pre-shared-key {{key:word}}
ikev2 local-authentication pre-shared-key {{key:word}}

[ikev2-policy]
encryption {{value:aes|aes-256|aes-gcm|aes-gcm-256}}
integrity {{value:sha|sha256|sha384|sha512|null}}
prf {{value:sha|sha256|sha384|sha512}}
group {{value:2|5|14|19|20|21|24}}
lifetime seconds {{value:120-2147483647}}

[ipsec-proposal]
protocol esp encryption {{value:aes|aes-256|aes-gcm|aes-gcm-256}}
protocol esp integrity {{value:sha-1|sha-256|sha-384|sha-512|null}}

[ipsec-profile]
set ikev1 transform-set {{@transform-set:word}}
set ikev2 ipsec-proposal {{@ipsec-proposal:word}}
set pfs {{value:group2|group5|group14|group19|group20|group21|group24}}
set security-association lifetime seconds {{value:120-2147483647}}

[interface]
description {{text:rest}}
nameif {{+nameif:word}}
ip address {{address:ip}} {{mask:ip}}
tunnel source interface {{interface:word}}
tunnel destination {{@tunnel-group:ip}}
tunnel mode ipsec ipv4
tunnel protection ipsec profile {{@ipsec-profile:word}}
no shutdown

[bgp]
bgp log-neighbor-changes
address-family ipv4 unicast > address-family

[address-family]
neighbor {{neighbor:ip}} remote-as {{asn:1-4294967295}}
neighbor {{neighbor:ip}} timers {{keepalive:0-65535}} {{hold:0-65535}}
neighbor {{neighbor:ip}} activate
network {{network:ip}} mask {{mask:ip}}
no auto-summary
no synchronization
"""
