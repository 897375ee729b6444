"""The switch for faults: `Faults.on(fault)` is a context manager; `add` and `remove` do the same by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from odoo_sync_tui.demo.calls import Call, Response
from odoo_sync_tui.demo.faults import Fault, ForbiddenField, MissingModel, NoRight, VanishedField
from odoo_sync_tui.demo.values import Json


@dataclass(frozen=True, slots=True)
class ActiveFaults:
    """The faults of one call, acting as one."""

    faults: tuple[Fault, ...]

    def before(self, call: Call) -> None:
        """Let every fault act before the call."""
        for fault in self.faults:
            fault.before(call)

    def after(self, call: Call, result: Json) -> Json:
        """Let every fault act on the result."""
        for fault in self.faults:
            result = fault.after(call, result)
        return result

    def deliver(self, call: Call, answer: Response) -> Response:
        """Let every fault act on the answer."""
        for fault in self.faults:
            answer = fault.deliver(call, answer)
        return answer

    def build_hidden_test(self, call: Call) -> Callable[[int], bool] | None:
        """Build a test for hidden records; None if no fault hides records."""
        hiding = [one for one in self.faults if type(one).is_hidden is not Fault.is_hidden]
        if not hiding:
            return None
        return lambda number: any(one.is_hidden(call, number) for one in hiding)

    def field_names(self, kind: type[VanishedField] | type[ForbiddenField]) -> frozenset[str]:
        """The field names of the faults of this kind."""
        return frozenset(one.name for one in self.faults if isinstance(one, kind))

    def has(self, kind: type[Fault]) -> bool:
        """Whether there is a fault of this kind."""
        return any(isinstance(one, kind) for one in self.faults)


class Faults:
    """The active faults. Safe to use from any thread while calls are answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fault_counters: list[tuple[Fault, list[int]]] = []

    def add(self, fault: Fault) -> Fault:
        """Switch `fault` on and return it; the same object may be on only once."""
        with self._lock:
            self._fault_counters.append((fault, [0]))
        return fault

    def remove(self, fault: Fault) -> None:
        """Switch `fault` off; no error when it is off."""
        with self._lock:
            self._fault_counters = [entry for entry in self._fault_counters if entry[0] is not fault]

    def clear(self) -> None:
        """Switch everything off."""
        with self._lock:
            self._fault_counters = []

    def find_closed_models(self) -> frozenset[str | None]:
        """The models that are switched off for the user, by a fault that is on; None among them: all."""
        with self._lock:
            return frozenset(one.model for one, _ in self._fault_counters if isinstance(one, (MissingModel, NoRight)))

    @contextmanager
    def on(self, *faults: Fault) -> Generator[None]:
        """Switch the faults on for a `with` block."""
        for fault in faults:
            self.add(fault)
        try:
            yield
        finally:
            for fault in faults:
                self.remove(fault)

    def select(self, call: Call) -> ActiveFaults:
        """Count `call` for every matching fault, and return the faults that apply to it."""
        with self._lock:
            active = [fault for fault, counter in self._fault_counters if _applies_to(fault, counter, call)]
        return ActiveFaults(tuple(active))


def _applies_to(fault: Fault, counter: list[int], call: Call) -> bool:
    if not fault.matches(call):
        return False
    counter[0] += 1
    end = float("inf") if fault.times is None else fault.first + fault.times
    return fault.first <= counter[0] < end
