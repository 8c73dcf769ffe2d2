"""What the person sees."""
class Failure(Exception):
    """Something that a person can act on."""
