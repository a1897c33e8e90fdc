"""Lookers without threads, with what they tell."""

from dataclasses import replace
from datetime import timedelta

from landbridge.network import lookers as under_test
from landbridge.network.drivers.bird import Session
from landbridge.network.lookers import Lookers, WatchedTunnels
from landbridge.network.tunnel_status import Looks
from unit.network.intents import CONNECTION_ID
from unit.network.watching import KEY, ONE
from unit.services.ec2.cloud import START

ESTABLISHED = Session(established=True, imported=2, filtered=1)
RECOVERING = Session(established=False, imported=0, recovering=True)
STATIC = replace(ONE, protocol=None, static_routes=3)
SECONDS = timedelta(seconds=1)


class AtOnce:
    """Workers without threads: whatever is added is done before anything else happens."""

    def __init__(self, _, work, *, threads, later):
        assert threads > 1
        assert later
        self._work = work
        self._ready, self._busy = [], False
        self.later = {}
        "After how many seconds what was done is to be done again."

    def start(self):
        pass

    def add(self, key, *, rank=0, after=0.0):  # noqa: ARG002
        if after:
            self.later[key] = after
            return
        self._ready.append(key)
        if self._busy:
            return
        self._busy = True
        try:
            while self._ready:
                one = self._ready.pop(0)
                self.later[one] = self._work(one)
        finally:
            self._busy = False


class Looking:
    """Lookers, with what they tell."""

    def __init__(self, world, known=()):
        self.world = world
        self.now = START
        self.tunnels = WatchedTunnels(known)
        self.published, self.counted, self.attention = [], [], []
        self.lookers = Lookers(
            self.tunnels,
            Looks(world, world),
            world,
            publish=self.publish,
            publish_counters=lambda news: self.counted.append(dict(news)),
            attention=self.attention.append,
            opened=lambda *_: None,
            clock=lambda: self.now,
        )
        self.workers = self.lookers._workers
        self.lookers.start()

    def publish(self, statuses):
        self.published += statuses

    def watch(self, *tunnels):
        self.tunnels.watch(CONNECTION_ID, tunnels)

    def look(self, one=KEY):
        """Look, some time later; returns what was published for that."""
        before = len(self.published)
        self.now += SECONDS
        self.lookers.add(one)
        return [(status.up, status.message) for status in self.published[before:]]

    def count(self):
        self.lookers.add(under_test._COUNTERS)


def up(looking, *tunnels):
    for one in tunnels:
        looking.world.child_sas[one.endpoint] = 1
        if one.protocol:
            looking.world.bgp[one.protocol] = ESTABLISHED
    looking.watch(*tunnels)
    for one in tunnels:
        looking.look(one.key)
        assert looking.published[-1].up
    return looking
