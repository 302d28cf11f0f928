"""The one way in which the lab says no."""


class LabError(Exception):
    """A lab that cannot be had; both texts are Spanish, for the person who asked for it."""

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(f"{message}\n{next_step}")
        self.message = message
        self.next_step = next_step
