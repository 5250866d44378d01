"""What a picture shows: network, stacks, access to data, and other accounts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from operations.assembly import Stage
from operations.picture.accounts import Link, links_of
from operations.picture.data_access import DataAccess, data_access
from operations.picture.items import Item, Place, StackView, count
from operations.picture.kinds import KINDS
from operations.picture.network import Network, network_of
from operations.templates import Templates

# As many items of one kind are drawn one by one; more become one item with their number.
_MOST_OF_A_KIND = 12
# Icons of what supports the rest of a stack, and is drawn after it.
_LATER = ("s3", "sns", "sqs", "secrets-manager", "eventbridge")
# Types that are counted below the items of a stack, in this order.
_COUNTED = {
    "AWS::CloudWatch::Alarm": "alarm",
    "AWS::CloudWatch::Dashboard": "dashboard",
    "Custom::DataGrant": "grant of Lake Formation",
    "AWS::IAM::Role": "role",
    "AWS::Lambda::Function": "function",
    "AWS::EC2::SecurityGroup": "security group",
    "AWS::Logs::LogGroup": "log group",
    "AWS::SSM::Parameter": "parameter",
}


@dataclass(frozen=True)
class Group:
    """A stack in a picture.

    Attributes:
        name: of the stack.
        items: its main resources.
        more: what else it has, such as `12 alarms, 3 roles`.
        places: all its resources.
    """

    name: str
    items: tuple[Item, ...]
    more: str
    places: frozenset[Place]


@dataclass(frozen=True)
class Model:
    """What a picture of one environment shows.

    Attributes:
        name: of the environment.
        account: account of its stacks.
        region: region of its stacks.
        network: its VPC.
        groups: its stacks, in the order of the assembly.
        access: who reaches which data.
        links: to other accounts.
    """

    name: str
    account: str
    region: str
    network: Network | None
    groups: tuple[Group, ...]
    access: DataAccess
    links: tuple[Link, ...]


def model_of(stage: Stage) -> Model:
    """Read what a picture of an environment shows from its templates."""
    templates = Templates(stage)
    views = [StackView(templates, stack.name, stack.resources()) for stack in stage.stacks]
    groups = (
        Group(
            view.stack,
            tuple(items_of(view)),
            counts_of(view),
            frozenset((view.stack, one) for one in view.resources),
        )
        for view in views
    )
    account, region = stage.targets[0]
    return Model(
        stage.name,
        account,
        region,
        network_of(views),
        tuple(groups),
        data_access(stage, views),
        links_of(views, account),
    )


def items_of(view: StackView) -> list[Item]:
    """Return the main resources of a stack, in the order of its template; storage comes last."""
    found: list[Item] = []
    for logical_id, resource in view.resources.items():
        make = KINDS.get(resource["Type"])
        if make and (item := make(view, logical_id, resource.get("Properties", {}))):
            found.append(item)
    # A bucket or a database of another item is not drawn again.
    parts = {place for one in found if len(one.places) > 1 for place in one.places}
    single = [one for one in found if len(one.places) > 1 or not one.places <= parts]
    return list(_collapsed(sorted(single, key=lambda one: one.icon in _LATER)))


def _collapsed(items: Iterable[Item]) -> Iterator[Item]:
    of_kind: dict[str, list[Item]] = {}
    for one in items:
        of_kind.setdefault(one.kind or one.name, []).append(one)
    for kind, every in of_kind.items():
        if len(every) <= _MOST_OF_A_KIND:
            yield from every
            continue
        places = frozenset[Place]().union(*(one.places for one in every))
        names = ", ".join(one.name for one in every)
        yield Item(every[0].icon, f"{len(every)} {kind}", names, places)


def counts_of(view: StackView) -> str:
    """Return what else a stack has, such as `12 alarms, 3 roles`."""
    types = [one["Type"] for one in view.resources.values()]
    counted = [(types.count(one), noun) for one, noun in _COUNTED.items()]
    text = ", ".join(count(number, noun) for number, noun in counted if number)
    return text or ("" if items_of(view) else count(len(types), "resource"))
