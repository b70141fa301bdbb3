"""What ends a start."""


class StartError(Exception):
    """Why nothing was started; a sentence for the user."""
