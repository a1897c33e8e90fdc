"""A reader for the files of each template."""

import importlib
import pkgutil

from unit.devices.reading import Reader

READERS: dict[str, Reader] = {
    template: reader
    for module in pkgutil.iter_modules(__path__)
    for template, reader in getattr(
        importlib.import_module(f"{__name__}.{module.name}"), "READERS", {}
    ).items()
}
"By template."
