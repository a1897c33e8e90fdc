"""AWS's own service models, as botocore ships them: operations and the shapes of their members."""

from functools import cache

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel


@cache
def service(name: str) -> ServiceModel:
    """Load the latest model of a service by botocore's name for it, for example `ec2`."""
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


@cache
def _operation_names(service_name: str) -> frozenset[str]:
    return frozenset(service(service_name).operation_names)


@cache
def _known_operation(service_name: str, name: str) -> OperationModel:
    return service(service_name).operation_model(name)


def operation_model(service_name: str, name: str) -> OperationModel | None:
    """Find an operation by its name on the wire; None if the service has none of that name."""
    if name not in _operation_names(service_name):
        return None
    return _known_operation(service_name, name)
