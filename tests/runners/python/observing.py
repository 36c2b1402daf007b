"""Events and metrics in the form of answers."""

from __future__ import annotations

from typing import Any, Optional

import tdsec

#: Seconds the driver waits for the events of a step.
PATIENCE = 10.0


def asked(step: dict[str, Any]) -> dict[str, Any]:
    """The keyword arguments of `subscribe`."""
    return {"names": step.get("names", []), "severity": step.get("severity")}


def shown(event: tdsec.Event) -> dict[str, Any]:
    return {"name": event.name, "severity": event.severity, "fields": dict(event.fields)}


def metrics(step: dict[str, Any]) -> dict[str, Any]:
    """The value of every series that the step names; None for one that is not there."""
    text = tdsec.metrics()
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))

    def value(series: str) -> Optional[float]:
        return float(values[series]) if series in values else None

    whole = {"text": text} if step.get("text") else {}
    return {"values": [value(series) for series in step.get("series", [])], **whole}
