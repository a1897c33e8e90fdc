"""Random values of the EC2 model's shapes, the same ones at every run."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.model import Shape

CHARACTERS = "aZ09 -_.~+%&=;?/\\*<>\"'\t\n\réß漢😀"
_BOUNDS = {"integer": 1 << 31, "long": 1 << 63}


class Values:
    """Makes values; `empty` allows empty lists, structures and strings."""

    def __init__(self, seed: object, *, empty: bool) -> None:
        self._random = random.Random(str(seed))
        self._empty = empty

    def of(self, shape: Any) -> Any:
        make = getattr(self, f"_{shape.type_name}", None)
        return make(shape) if make else self._integer(shape)

    def _structure(self, shape: Any) -> dict[str, Any]:
        names = list(shape.members)
        least = 0 if self._empty else min(1, len(names))
        chosen = self._random.sample(names, self._random.randint(least, min(4, len(names))))
        wanted = [name for name in names if name in chosen or name in shape.required_members]
        return {name: self.of(shape.members[name]) for name in wanted}

    def _list(self, shape: Any) -> list[Any]:
        least = max(shape.metadata.get("min", 0), 0 if self._empty else 1)
        most = max(least, min(3, shape.metadata.get("max", 3)))
        return [self.of(shape.member) for _ in range(self._random.randint(least, most))]

    def _string(self, shape: Shape) -> str:
        if words := shape.metadata.get("enum"):
            return self._random.choice(words)
        least = max(shape.metadata.get("min", 0), 0 if self._empty else 1)
        most = max(least, min(12, shape.metadata.get("max", 12)))
        return "".join(self._random.choices(CHARACTERS, k=self._random.randint(least, most)))

    def _integer(self, shape: Shape) -> int:
        bound = _BOUNDS[shape.type_name]
        least, most = shape.metadata.get("min", -bound), shape.metadata.get("max", bound - 1)
        return self._random.choice([least, most, self._random.randint(least, most)])

    def _float(self, shape: Shape) -> float:
        least, most = shape.metadata.get("min", -1e6), shape.metadata.get("max", 1e6)
        return self._random.uniform(least, most)

    _double = _float

    def _boolean(self, _: Shape) -> bool:
        return self._random.random() < 0.5

    def _timestamp(self, _: Shape) -> datetime:
        seconds = self._random.randint(0, 4_000_000_000)
        milliseconds = self._random.choice([0, 1, 35, 999])
        start = datetime(1970, 1, 1, tzinfo=UTC)
        return start + timedelta(seconds=seconds, milliseconds=milliseconds)

    def _blob(self, _: Shape) -> bytes:
        return self._random.randbytes(self._random.randint(1, 9))
