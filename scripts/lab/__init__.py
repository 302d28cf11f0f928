"""The cluster on which the chapters run: made, repaired, guarded and removed.

It knows nothing of documents. ``create`` gives a :class:`Lab`; what cannot be had is a
:class:`LabError`, in Spanish, with the next step.
"""

from lab.error import LabError
from lab.guard import guard
from lab.lifecycle import Lab, Mode, create, delete
from lab.parts import PartName, mentioned
from lab.progress import Progress, Silence
from lab.status import Status, status

__all__ = [
    "Lab",
    "LabError",
    "Mode",
    "PartName",
    "Progress",
    "Silence",
    "Status",
    "create",
    "delete",
    "guard",
    "mentioned",
    "status",
]
