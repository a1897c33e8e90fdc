"""BIRD's answers, as it writes them."""

from landbridge.network.drivers.bird import Session, parse_sessions

ANSWER = """\
2002-Name       Proto      Table      State  Since         Info
1002-kernel4    Kernel     gateway4   up     11:28:46.988  @
1006-  Channel ipv4
     State:          UP
     Routes:         7 imported, 1 exported, 1 preferred
 @
1002-t_aa_1     BGP        ---        up     11:28:47.100  Established   @
1006-  BGP state:          Established
     Neighbor address: 169.254.10.2
   Channel ipv4
     State:          UP
     Routes:         3 imported, 2 filtered, 1 exported, 3 preferred
     GR recovery:    waiting
 @
1002-t_aa_2     BGP        ---        start  11:28:46.988  Active        Socket: refused
1006-  BGP state:          Active
   Channel ipv4
     State:          DOWN
 @
0000 @
""".replace("@", "")
"As BIRD 2.0.12 writes it; a line of the same code begins with a space."


def test_sessions_and_their_routes_are_read():
    assert parse_sessions(ANSWER) == {
        "t_aa_1": Session(established=True, imported=3, filtered=2, recovering=True),
        "t_aa_2": Session(established=False, imported=0),
    }
