"""IAM's refusals by name, and its paged lists."""

from checks import client, refused

iam = client("iam")


def missing(call, **arguments):
    """NoSuchEntity."""
    return refused("NoSuchEntity", 404, call, **arguments)


def exists(call, **arguments):
    """EntityAlreadyExists."""
    return refused("EntityAlreadyExists", 409, call, **arguments)


def conflict(call, **arguments):
    """DeleteConflict."""
    return refused("DeleteConflict", 409, call, **arguments)


def over(call, **arguments):
    """LimitExceeded."""
    return refused("LimitExceeded", 409, call, **arguments)


def malformed(call, **arguments):
    """MalformedPolicyDocument."""
    return refused("MalformedPolicyDocument", 400, call, **arguments)


def invalid(call, **arguments):
    """InvalidInput."""
    return refused("InvalidInput", 400, call, **arguments)


def unsound(call, **arguments):
    """ValidationError."""
    return refused("ValidationError", 400, call, **arguments)


def pages(operation, key, size=2, **arguments):
    """All items of a paged list, and how many pages of that size they took."""
    paginator = iam.get_paginator(operation)
    answers = list(paginator.paginate(PaginationConfig={"PageSize": size}, **arguments))
    return [item for answer in answers for item in answer.get(key, [])], len(answers)
