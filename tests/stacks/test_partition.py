"""Items are distributed over stacks by their names alone."""

from stacks.partition import Partition

NAMES = [f"name-{number}" for number in range(60)]
PARTITION: Partition[str] = Partition(name=str, size=len, capacity=150, max_stacks=10)


def places(names: list[str], stacks: int = 4) -> dict[str, int]:
    shares = PARTITION.split(names, stacks)
    return {name: number for number, share in shares.items() for name in share}


def test_every_item_is_in_one_stack() -> None:
    shares = PARTITION.split(NAMES, 4)

    assert list(shares) == [1, 2, 3, 4]
    assert sorted(name for share in shares.values() for name in share) == sorted(NAMES)


def test_no_item_moves_when_others_change() -> None:
    assert places(NAMES[::3]).items() <= places(NAMES).items()
    assert places(NAMES[::-1]) == places(NAMES)


def test_distribution_never_changes() -> None:
    """Another one would move what is deployed from stack to stack."""
    assert places(["churn", "chat", "vision"]) == {"churn": 3, "chat": 4, "vision": 2}


def test_stacks_without_items_are_left_out() -> None:
    assert len(PARTITION.split(["churn"], 10)) == 1
    assert PARTITION.split([], 10) == {}


def test_largest_and_sufficient_agree() -> None:
    number = PARTITION.sufficient(NAMES)

    assert number is not None
    assert PARTITION.largest(NAMES, number) <= 150 < PARTITION.largest(NAMES, number - 1)
    assert PARTITION.largest([], 3) == 0


def test_no_number_of_stacks_is_sufficient() -> None:
    assert PARTITION.sufficient(NAMES * 20) is None
