"""Charons, BIRDs and tunnel interfaces to look at, which hang, lie, come and go."""

import socket
import threading
from types import SimpleNamespace

from landbridge.network import tunnel_status
from landbridge.network.drivers.bird import BirdSilentError
from landbridge.network.drivers.charon import CharonSilentError, Established
from landbridge.network.names import Names
from landbridge.network.tunnel_status import watched
from landbridge.vpn.observed import Counters
from unit.network.intents import CONNECTION, CONNECTION_ID, GATEWAY_ID

NAMES = Names()
FIRST, SECOND = (NAMES.endpoint(CONNECTION_ID, number) for number in (1, 2))
GATEWAY = NAMES.gateway(GATEWAY_ID)
KEY, OTHER_KEY = (CONNECTION_ID, 1), (CONNECTION_ID, 2)
ONE, TWO = watched(CONNECTION, NAMES)
"The tunnels of a connection with BGP."


class Events:
    """A charon's stream of events, over a socket of which the charon holds the other end."""

    def __init__(self):
        self._here, self.charon = socket.socketpair()
        self._here.setblocking(False)

    def fileno(self):
        return self._here.fileno()

    def drain(self):
        try:
            return bool(self._here.recv(4096))
        except BlockingIOError:
            return True

    def close(self):
        self._here.close()

    @property
    def closed(self):
        return self._here.fileno() == -1


class World:
    """What there is to be seen, behind the drivers' methods."""

    def __init__(self):
        self.child_sas = {FIRST: 0, SECOND: 0}
        "Of the charons that there are."
        self.hanging = set()
        "Namespaces whose daemon does not answer."
        self.bgp = {}
        "The sessions of the gateway's BIRD; None when there is none."
        self.interfaces = {ONE.interface: False, TWO.interface: False}
        "Whether each that there is is up."
        self.counted = {}
        self.initiated = []
        self.streams = {FIRST: [], SECOND: []}
        "Of charons' events, in the order in which they were opened."
        self.asked = threading.Condition()
        self.questions = []
        self.meanwhile = lambda: None
        "Happens while a charon is asked."
        self.directory = None

    def install(self, monkeypatch):
        interfaces = SimpleNamespace(state=self._state, set_up=self._set_up)
        monkeypatch.setattr(tunnel_status, "links", interfaces)

    def _state(self, _, __, name):
        return SimpleNamespace(up=self.interfaces[name])  # LookupError when there is none

    def _set_up(self, _, __, name, *, up):
        self.interfaces[name] = up

    def _answer(self, namespace):
        with self.asked:
            self.questions.append(namespace)
            self.asked.notify_all()
        return namespace not in self.hanging

    # --- charons ---

    def events(self, namespace):
        if namespace not in self.child_sas or namespace in self.hanging:
            raise CharonSilentError(f"charon in {namespace} does not answer")
        self.streams[namespace].append(Events())
        return self.streams[namespace][-1]

    def established(self, namespace):
        if not self._answer(namespace) or namespace not in self.child_sas:
            raise CharonSilentError(f"charon in {namespace} does not answer")
        self.meanwhile()
        return Established(child_sas=self.child_sas[namespace])

    def initiate(self, namespace):
        self.initiated.append(namespace)
        return True

    # --- BIRD ---

    def sessions(self, namespace):
        if not self._answer(namespace) or self.bgp is None:
            raise BirdSilentError(f"bird in {namespace} does not answer")
        return dict(self.bgp)

    def folder(self, namespace):
        return self.directory / namespace

    # --- the tunnels' drivers ---

    def counters(self, _, endpoint, __, interface):
        if interface not in self.interfaces:
            raise LookupError(interface)
        return self.counted.get(endpoint, Counters())
