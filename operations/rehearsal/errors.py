"""What can go wrong in a rehearsal, said in one sentence."""


class RehearsalError(Exception):
    """The rehearsal cannot go on; the message says why and what to do."""


class Interrupted(BaseException):
    """A signal asked the rehearsal to stop."""
