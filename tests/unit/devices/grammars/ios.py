"""The commands of IOS and IOS XE that the files for Cisco's routers use, mode by mode.

Source: Cisco IOS Security Command Reference, Commands A to Z; Cisco IOS IP Routing: BGP Command
Reference; Cisco IOS IP SLAs Command Reference.
"""

GRAMMAR = """
[global]
crypto ipsec df-bit {value:clear|set|copy}
crypto ipsec fragmentation {value:before-encryption|after-encryption}
crypto ipsec security-association replay window-size {value:64|128|256|512|1024}
crypto isakmp keepalive {interval:10-3600} {retry:2-60} {kind:periodic|on-demand}
crypto isakmp policy {name:1-10000} > isakmp-policy
crypto keyring {+keyring:word} > keyring
crypto isakmp profile {+isakmp-profile:word} > isakmp-profile
crypto ikev2 proposal {+ikev2-proposal:word} > ikev2-proposal
crypto ikev2 policy {name:word} > ikev2-policy
crypto ikev2 keyring {+ikev2-keyring:word} > ikev2-keyring
crypto ikev2 profile {+ikev2-profile:word} > ikev2-profile
crypto ipsec transform-set {+transform-set:word} {encryption:esp-aes 128|esp-aes 256} {integrity:esp-sha-hmac|esp-sha256-hmac|esp-sha384-hmac|esp-sha512-hmac} > transform-set
crypto ipsec transform-set {+transform-set:word} {encryption:esp-gcm 128|esp-gcm 256} > transform-set
crypto ipsec profile {+ipsec-profile:word} > ipsec-profile
ip access-list extended {+access-list:word} > access-list
interface Tunnel{+tunnel:0-2147483647} > interface
router bgp {asn:1-4294967295} > bgp
ip sla {+sla:1-2147483647} > sla
ip sla schedule {@sla:1-2147483647} life forever start-time now
track {+track:1-1000} ip sla {@sla:1-2147483647} reachability > track
ip route {network:ip} {mask:ip} Tunnel{@tunnel:0-2147483647} {hop:ip} {distance:1-255}
ip route {network:ip} {mask:ip} Tunnel{@tunnel:0-2147483647} {hop:ip} {distance:1-255} track {@track:1-1000}
ipv6 route {network:network} Tunnel{@tunnel:0-2147483647} {hop:ip} {distance:1-254} track {@track:1-1000}

[isakmp-policy]
encryption {value:aes 128|aes 256}
hash {value:sha|sha256|sha384|sha512}
group {value:2|5|14|15|16|19|20|21|24}
authentication {value:pre-share|rsa-sig}
lifetime {value:60-86400}

[keyring]
local-address {address:word}
pre-shared-key address {peer:ip} key {key:word}

[isakmp-profile]
keyring {@keyring:word}
self-identity address
match identity address {peer:ip} {mask:ip}
local-address {address:word}

[ikev2-proposal]
encryption {value:aes-cbc-128|aes-cbc-256|aes-gcm-128|aes-gcm-256}
integrity {value:sha1|sha256|sha384|sha512}
prf {value:sha1|sha256|sha384|sha512}
group {value:2|5|14|15|16|19|20|21|24}

[ikev2-policy]
match address local {address:ip}
proposal {@ikev2-proposal:word}

[ikev2-keyring]
peer {name:word} > ikev2-peer

[ikev2-peer]
address {address:ip}
pre-shared-key {key:word}

[ikev2-profile]
match identity remote address {peer:ip} {mask:ip}
identity local address {address:ip}
identity local dn
authentication local {method:pre-share|rsa-sig}
authentication remote {method:pre-share|rsa-sig}
keyring local {@ikev2-keyring:word}
pki trustpoint {name:word}
lifetime {value:120-86400}
dpd {interval:10-3600} {retry:2-60} {kind:periodic|on-demand}

[transform-set]
mode {value:tunnel|transport}

[ipsec-profile]
set transform-set {@transform-set:word}
set pfs {value:group2|group5|group14|group15|group16|group19|group20|group21|group24}
set security-association lifetime seconds {value:120-86400}
set isakmp-profile {@isakmp-profile:word}
set ikev2-profile {@ikev2-profile:word}

[access-list]
permit ip {local:selector} {remote:selector}

[interface]
description {text:rest}
no ip address
ip address {address:ip} {mask:ip}
ip virtual-reassembly
ip mtu {value:68-17940}
ip tcp adjust-mss {value:500-1460}
ipv6 enable
ipv6 address {address:network}
ipv6 mtu {value:1280-17940}
ipv6 tcp adjust-mss {value:500-1460}
tunnel source {address:word}
tunnel destination {address:ip}
tunnel mode ipsec {mode:ipv4|ipv4 v6-overlay|dual-overlay}
tunnel protection ipsec policy ipv4 {@access-list:word}
tunnel protection ipsec profile {@ipsec-profile:word}
no shutdown

[bgp]
bgp log-neighbor-changes
neighbor {neighbor:ip} remote-as {asn:1-4294967295}
neighbor {neighbor:ip} timers {keepalive:1-65535} {hold:3-65535}
address-family {family:ipv4|ipv6} unicast > address-family

[address-family]
neighbor {neighbor:ip} activate
no neighbor {neighbor:ip} activate
neighbor {neighbor:ip} soft-reconfiguration inbound
network {network:ip} mask {mask:ip}
network {network:network}

[sla]
icmp-echo {target:ip} source-interface Tunnel{@tunnel:0-2147483647}
threshold {value:0-60000}
timeout {value:0-604800000}
frequency {value:1-604800}

[track]
delay down {down:0-180} up {up:0-180}
"""  # noqa: E501
