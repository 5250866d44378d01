"""Faults that a test orders: failures, throttling and delays."""

import threading
from dataclasses import dataclass
from typing import Any


class FaultError(ValueError):
    """The failure that a test ordered."""

    def __init__(self, code: str, message: str) -> None:
        """Fail with an AWS error code and a message."""
        super().__init__(message)
        self.code = code


@dataclass
class Fault:
    """One ordered fault: its target, its effect, and how often it happens.

    Attributes:
        target: a resource as `<type>` or `<stack>/<logical id>` (prefix of the logical id), or an
            API call as `<service>:<Operation>`.
        action: create, update, delete or call; "" means any.
        code: AWS error code to fail with; "" only delays.
        delay: seconds to wait first.
        times: how often the fault happens.
    """

    target: str
    action: str = ""
    code: str = ""
    message: str = "Injected by the rehearsal."
    delay: float = 0.0
    times: int = 1

    def applies(self, action: str, targets: list[str]) -> bool:
        """Return whether the fault applies to this action on one of these targets."""
        if self.times <= 0 or self.action not in ("", action):
            return False
        return any(
            target == self.target or ("/" in self.target and target.startswith(self.target))
            for target in targets
        )


class Faults:
    """The ordered faults that have not happened yet. Thread-safe."""

    def __init__(self) -> None:
        """Start without faults."""
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def order(self, values: dict[str, Any]) -> None:
        """Add an order.

        Raises:
            TypeError: for a field that a fault does not have.
        """
        with self._lock:
            self._faults.append(Fault(**values))

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()

    def delays(self) -> bool:
        """Return whether a fault delays its target."""
        with self._lock:
            return any(fault.times > 0 and fault.delay > 0 for fault in self._faults)

    def take(self, action: str, targets: list[str]) -> Fault | None:
        """Return the next fault for this action and count it down; None if there is none.

        The caller waits `delay` seconds and fails with `code`.
        """
        with self._lock:
            for fault in self._faults:
                if fault.applies(action, targets):
                    fault.times -= 1
                    return fault
        return None
