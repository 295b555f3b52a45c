"""The shapes screens read: services fill them, state holds them, components draw them.

Everything here is frozen, JSON-able and has defaults, so that a state can start empty. Instants are
ISO 8601 text in UTC (``"2026-03-12T14:41:00+00:00"``, see :func:`iso`), ``""`` when there is none:
the browser writes them in the viewer's zone. Lengths are whole seconds. ``url`` is a path within
this site. Names of severities, plans and tiers come from the process; nothing here is a rule.
Sequences are tuples inside a shape; a state variable that holds many is a ``list`` of them.
No field is called what a Reflex Var calls its own methods (``items``, ``to``, ``length``, ...).

The modules are read at run time by Reflex, which needs real annotations: no
``from __future__ import annotations`` here.
"""
